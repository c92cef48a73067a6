/** The widths of the bar of a duration and of the ghost behind it, in percent: the longer of the two fills the track. */
export function shares(took: number | null, usual: number | null): { took: number; usual: number } | null {
  if (took === null || usual === null) return null;
  const most = Math.max(took, usual, 1);
  return { took: Math.max(3, (took / most) * 100), usual: (usual / most) * 100 };
}
