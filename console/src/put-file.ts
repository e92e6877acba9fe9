import { Problem, Unreachable } from "./api";

/**
 * Puts a file's bytes at an address that was made for it, and tells how much is there, of 1. The API's token stays here:
 * the address says itself who may. Raises Problem where it is refused, Unreachable where no answer comes.
 */
export function putFile(address: string, file: Blob, onProgress: (share: number) => void, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("PUT", address);
    request.upload.onprogress = ({ loaded, total }) => onProgress(total ? loaded / total : 0);
    request.onload = () => (request.status < 300 ? resolve() : reject(new Problem(request.status, { detail: "The file was not taken. Its address holds for an hour: try again." })));
    request.onerror = () => reject(new Unreachable());
    request.onabort = () => reject(new DOMException("Stopped", "AbortError"));
    signal.addEventListener("abort", () => request.abort());
    request.send(file);
  });
}
