/**
 * Kendall's rank correlation, tau-b: 1 where two rankings agree, -1 where one is the reverse of the other;
 * undefined where a side has no two different values.
 *
 * @source M. Kendall, The treatment of ties in ranking problems, Biometrika 33, 1945
 */
export function kendallTau(x: readonly number[], y: readonly number[]): number | undefined {
  let [agreeing, tiedX, tiedY, pairs] = [0, 0, 0, 0];
  for (let i = 0; i < x.length; i++) {
    for (let j = 0; j < i; j++) {
      const dx = Math.sign((x[i] as number) - (x[j] as number));
      const dy = Math.sign((y[i] as number) - (y[j] as number));
      pairs++;
      agreeing += dx * dy;
      if (dx === 0) tiedX++;
      if (dy === 0) tiedY++;
    }
  }
  const scale = Math.sqrt((pairs - tiedX) * (pairs - tiedY));
  return scale === 0 ? undefined : agreeing / scale;
}
