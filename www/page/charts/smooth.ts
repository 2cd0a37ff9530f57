/** A running mean with more weight on what is recent, without the pull towards 0 at the beginning. */
export function smooth(values: number[], memory = 0.8): number[] {
  let sum = 0;
  let weight = 0;
  return values.map((value) => {
    sum = memory * sum + value;
    weight = memory * weight + 1;
    return sum / weight;
  });
}
