// Written out, because not every TypeScript knows WebGPU's types, and because Node's come from a package.

/** A `GPUDevice`. */
export interface GpuDevice {
  readonly queue: object;
  readonly limits: object;
  readonly features: object;
  readonly lost: Promise<unknown>;
  createBuffer(descriptor: never): object;
}

/** A `GPU`, as `navigator.gpu` is. */
export interface Gpu {
  requestAdapter(options?: never): Promise<unknown>;
}
