/** The name of a class or column; a long one may break between its parts. */
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
