//! Ends a run early: on Ctrl-C, and on the signals by which a system or a terminal ends a program.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::output::tell;

/// Returns a flag that the first Ctrl-C sets, and on Unix also SIGTERM and SIGHUP. If it is set already, Ctrl-C ends
/// the process immediately. The signals do not, because they often come twice: from the shell and from the system, when
/// a terminal is closed.
pub fn interruption() -> Arc<AtomicBool> {
    let interrupted = Arc::new(AtomicBool::new(false));
    let flag = interrupted.clone();
    let handler = move || {
        // relaxed, because no other memory depends on the flag
        if flag.swap(true, Ordering::Relaxed) {
            std::process::exit(130);
        }
        tell("stopping after this step; press Ctrl-C again to stop at once");
    };
    if let Err(error) = ctrlc::set_handler(handler) {
        log::warn!("Ctrl-C will end the run at once: {error}");
    }
    #[cfg(unix)]
    termination(&interrupted);
    interrupted
}

#[cfg(unix)]
fn termination(interrupted: &Arc<AtomicBool>) {
    use signal_hook::consts::{SIGHUP, SIGTERM};
    for signal in [SIGTERM, SIGHUP] {
        // nohup, for example, ignores SIGHUP
        if is_ignored(signal) {
            continue;
        }
        if let Err(error) = signal_hook::flag::register(signal, interrupted.clone()) {
            log::warn!("signal {signal} will end the run at once: {error}");
        }
    }
}

/// Whether the process was started with this signal ignored.
#[cfg(unix)]
fn is_ignored(signal: libc::c_int) -> bool {
    // SAFETY: all zeros are a valid sigaction, and without a new one nothing is changed.
    unsafe {
        let mut found: libc::sigaction = std::mem::zeroed();
        libc::sigaction(signal, std::ptr::null(), &mut found) == 0 && found.sa_sigaction == libc::SIG_IGN
    }
}
