/* A photo is made small before it leaves the phone: longest side 1600, JPEG. Needs no upload of EXIF: a canvas has none. */
const LONGEST = 1600, QUALITY = 0.82, SMALL_BYTES = 300_000;

export function fitInto(width: number, height: number, longest: number): [number, number] {
  const scale = Math.min(1, longest / Math.max(width, height));
  return [Math.round(width * scale), Math.round(height * scale)];
}

export async function shrink(file: File): Promise<{ blob: Blob; name: string }> {
  if (!file.type.startsWith("image/") || file.type === "image/gif")
    return { blob: file, name: file.name };
  try {
    const picture = await createImageBitmap(file);
    const [width, height] = fitInto(picture.width, picture.height, LONGEST);
    const canvas = document.createElement("canvas");
    canvas.width = width;
    canvas.height = height;
    canvas.getContext("2d")?.drawImage(picture, 0, 0, width, height);
    const blob = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, "image/jpeg", QUALITY));
    if (blob && (blob.size < file.size || file.size > SMALL_BYTES))
      return { blob, name: file.name.replace(/\.\w+$/, "") + ".jpg" };
  } catch {
    /* A format this browser cannot draw goes up as it is; the server decides. */
  }
  return { blob: file, name: file.name };
}

export function sizeText(bytes: number): string {
  return bytes < 1024 * 1024 ? `${Math.max(1, Math.round(bytes / 1024))} KB` : `${(bytes / 1048576).toFixed(1)} MB`;
}
