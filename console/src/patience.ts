import { isPassing } from "./api";

const PAUSES_MS = [1000, 3000, 9000];

/** The same request again after 1, 3 and 9 seconds, while it may well be answered: give it a key. */
export async function patiently<T>(request: () => Promise<T>): Promise<T> {
  for (const pause of PAUSES_MS) {
    try {
      return await request();
    } catch (error) {
      if (!isPassing(error) || !navigator.onLine) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, pause));
  }
  return request();
}
