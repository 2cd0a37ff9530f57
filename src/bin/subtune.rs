// Large tensors come and go in each step; the system's allocator would return their pages and have them
// cleared again each time.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    // Mesa's layer that reorders adapters looks for a display and complains where there is none; the order is
    // chosen here anyway.
    // SAFETY: no other thread exists yet.
    unsafe { std::env::set_var("NODEVICE_SELECT", "1") };
    subtune::process::prepare();
    subtune::cli::main()
}
