// What the update needs to know of the gradients as a whole. Stays on the GPU.
struct Norm {
    value: f32,    // global L2 norm of all (masked) gradients
    scale: f32,    // factor that clips them to max_grad_norm
    finite: f32,   // 1 where the norm is a number, 0 where this step must change nothing
    skipped: f32,  // how many steps were skipped so far
}
