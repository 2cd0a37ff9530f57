//! SHA-256, in hexadecimal digits.

use sha2::{Digest, Sha256};

/// A hash of bytes that come one after the other.
#[derive(Default)]
pub struct Hash(Sha256);

impl Hash {
    /// Adds bytes as they are.
    pub fn add(&mut self, bytes: impl AsRef<[u8]>) {
        self.0.update(bytes);
    }

    /// Adds bytes after their number, so that no two lists of them have the same hash.
    pub fn add_counted(&mut self, bytes: impl AsRef<[u8]>) {
        self.add((bytes.as_ref().len() as u64).to_le_bytes());
        self.add(bytes);
    }

    pub fn hex(self) -> String {
        self.0.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
    }
}
