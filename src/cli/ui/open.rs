//! Opens the address in the person's browser.

use std::fs::OpenOptions;
use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Stdio};

/// A file that leads a browser to the address. Every user of a machine sees the arguments of all programs, so the secret
/// is not among those of the browser, but in a file that only this user can read. Dropping it removes the file.
pub struct Opener(PathBuf);

impl Opener {
    /// `None`: there is no browser here, as on a server, or it could not be started.
    pub fn start(address: &str, mark: &str) -> Option<Self> {
        let home = std::env::var_os(if cfg!(windows) { "USERPROFILE" } else { "HOME" })?;
        let has_screen = ["DISPLAY", "WAYLAND_DISPLAY"].iter().any(|name| std::env::var_os(name).is_some());
        if cfg!(target_os = "linux") && !has_screen {
            return None;
        }
        // not hidden: browsers in a sandbox see no hidden files
        let file = Opener(PathBuf::from(home).join(format!("subtune-ui-{mark}.html")));
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let page = format!("<!doctype html><meta http-equiv=\"refresh\" content=\"0; url={address}\">\n");
        options.open(&file.0).and_then(|mut opened| opened.write_all(page.as_bytes())).ok()?;
        let mut program = if cfg!(windows) {
            let mut shell = Command::new("cmd");
            shell.args(["/c", "start", ""]);
            shell
        } else {
            Command::new(if cfg!(target_os = "macos") { "open" } else { "xdg-open" })
        };
        let started =
            program.arg(&file.0).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn();
        started.is_ok().then_some(file)
    }
}

impl Drop for Opener {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}
