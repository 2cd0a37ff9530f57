// The norm of all gradients together. It stays on the GPU.
struct Norm {
    value: f32,    // global L2 norm of all (masked) gradients
    scale: f32,    // factor that clips them to max_grad_norm
    finite: f32,   // 1 if the norm is finite, 0 if this step must change nothing
    skipped: f32,  // number of steps skipped so far
}
