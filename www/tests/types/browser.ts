// What only a browser has.
import { Subtune } from "subtune";

export * from "./use.js";

export async function main(input: HTMLInputElement, device: GPUDevice): Promise<void> {
  await using tuner = await Subtune.load({ model: [...(input.files ?? [])], device, worker: false });
  console.log(tuner.device.kind);
}
