import { useSignal } from "@preact/signals";

/** A button that copies `text`. `of` says what that is, where several stand on the page. */
export function Copy({ text, of: name }: { text: string; of?: string }) {
  const copied = useSignal<string | null>(null);
  const copy = () =>
    void navigator.clipboard.writeText(text).then(
      () => (copied.value = text),
      () => undefined,
    );
  return (
    <div class="row">
      <button aria-label={name && `Copy ${name}`} onClick={copy}>
        Copy
      </button>
      <span role="status" class="quiet">
        {copied.value === text && "Copied."}
      </span>
    </div>
  );
}
