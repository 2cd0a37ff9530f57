/** The name of a class or column; a long one breaks where its parts meet. */
export function Name({ of: name }: { of: string | undefined }) {
  const parts = (name ?? "").split(/(?<=[_\-/.:])(?=.)/);
  return (
    <>
      {parts.map((part, at) => (
        <>
          {at > 0 && <wbr />}
          {part}
        </>
      ))}
    </>
  );
}
