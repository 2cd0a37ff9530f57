//! The versions that a report was made with.

/// The packages that determine the numbers, with their versions in Cargo.lock.
const PACKAGES: [(&str, &str); 4] =
    [("burn", "0.22.1"), ("wgpu", "30.0.1"), ("tokenizers", "0.23.2"), ("safetensors", "0.8.0")];

/// The names and versions of subtune, its packages, and the platform.
pub fn versions() -> Vec<(String, String)> {
    let own = ("subtune", env!("CARGO_PKG_VERSION"));
    let system = format!("{} {}", std::env::consts::OS, std::env::consts::ARCH);
    let pair = |(name, version): (&str, &str)| (name.to_owned(), version.to_owned());
    std::iter::once(own).chain(PACKAGES).map(pair).chain([("system".to_owned(), system)]).collect()
}

#[cfg(test)]
mod tests {
    use super::PACKAGES;

    #[test]
    fn the_versions_are_those_of_the_lock_file() {
        let lock = include_str!("../../Cargo.lock");
        for (name, version) in PACKAGES {
            assert!(
                lock.contains(&format!("name = \"{name}\"\nversion = \"{version}\"\n")),
                "{name} {version}"
            );
        }
    }
}
