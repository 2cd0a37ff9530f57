//! Who may ask. Any page of the web can send requests to 127.0.0.1, and any user of the machine can: so a request must be
//! meant for this machine, come from the page itself, and know the secret of this process.

use sha2::{Digest, Sha256};

use super::http::{Head, Refusal};

/// The secret of this process, in hexadecimal. The address has it in its fragment, which no browser sends.
pub struct Secret(String);

impl Secret {
    pub fn new() -> Self {
        let mut bytes = [0; 32];
        getrandom_04::fill(&mut bytes).expect("the system has random numbers");
        Secret(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
    }

    pub fn text(&self) -> &str {
        &self.0
    }

    /// # Errors
    /// The request does not have the secret.
    pub fn check(&self, head: &Head) -> Result<(), Refusal> {
        let found = head.header("x-subtune-secret").unwrap_or_default();
        // hashes, so that the time of the comparison says nothing of the secret
        match Sha256::digest(found) == Sha256::digest(&self.0) {
            true => Ok(()),
            false => Err(Refusal(
                403,
                "open the address that subtune ui printed: it has the secret of this process",
            )),
        }
    }
}

/// # Errors
/// The request names another host, as after a DNS name was bound to this address, or comes from another page.
pub fn check_origin(head: &Head) -> Result<(), Refusal> {
    let host = head.header("host").unwrap_or_default();
    let (name, port) = host.split_once(':').unwrap_or((host, "80"));
    // the port may be another, at the other end of a forwarding
    let is_here = matches!(name, "127.0.0.1" | "localhost") && port.parse::<u16>().is_ok();
    if !is_here {
        return Err(Refusal(403, "expected the host 127.0.0.1 or localhost"));
    }
    let is_own = match head.header("origin") {
        Some(origin) => origin.strip_prefix("http://") == Some(host),
        None => !head.has("origin"),
    };
    match is_own {
        true => Ok(()),
        false => Err(Refusal(403, "another page may not ask")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_long_and_differ() {
        let (one, other) = (Secret::new(), Secret::new());
        assert_eq!(one.text().len(), 64);
        assert_ne!(one.text(), other.text());
    }
}
