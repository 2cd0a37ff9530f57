import { useSignal } from "@preact/signals";
import { useInheritedFocus } from "../parts/focus";
import type { Base } from "../state/base";
import { discardModel } from "./use";

/** The button that removes a kept model, which asks first. */
export function Removal({ model }: { model: Base }) {
  const asking = useSignal(false);
  const place = useInheritedFocus<HTMLButtonElement>(asking.value);
  if (!asking.value) {
    return (
      <button ref={place} class="plain" aria-label={`Remove ${model.name}…`} onClick={() => (asking.value = true)}>
        Remove…
      </button>
    );
  }
  return (
    <>
      <button ref={place} class="danger" onClick={() => void discardModel(model)}>
        Yes, remove {model.name}
      </button>
      <button onClick={() => (asking.value = false)}>No</button>
    </>
  );
}
