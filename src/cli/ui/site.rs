//! The files of the page. They are known before the first request, so that no request leads to the disk.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::path::Path;

use crate::error::{Error, Result};

// `BUILT`: the files of www/site by path, if the page was built before the program; see build.rs
include!(concat!(env!("OUT_DIR"), "/site.rs"));
include!("left_out.rs");

/// The page of the program, which the address leads to.
const START: &str = "ui.html";
/// More than any built page has.
const MOST_FILES: usize = 1000;
const MOST_BYTES: u64 = 1 << 26;

/// The files by path.
pub struct Site(BTreeMap<String, Cow<'static, [u8]>>);

impl Site {
    /// The page in `folder`, or the one inside the program.
    ///
    /// # Errors
    /// There is no page.
    pub fn open(folder: Option<&Path>) -> Result<Self> {
        let files = match folder {
            Some(folder) => read(folder)?,
            None => BUILT.iter().map(|(path, bytes)| ((*path).to_owned(), Cow::Borrowed(*bytes))).collect(),
        };
        if files.contains_key(START) {
            return Ok(Site(files));
        }
        Err(Error::Usage(match folder {
            Some(folder) => format!("{} has no {START}; name the folder of a built page: www/site", folder.display()),
            None => "this build has no page; build it (npm ci && npm run build && npm run build:page in www/) and name \
                     its folder with --site www/site, or install a released subtune"
                .into(),
        }))
    }

    /// The content of a file and its type.
    pub fn file(&self, path: &str) -> Option<(&[u8], &'static str)> {
        let path = path.strip_prefix('/')?;
        let path = if path.is_empty() { START } else { path };
        let bytes = self.0.get(path)?;
        let kind = match path.rsplit_once('.').map(|(_, ending)| ending) {
            Some("html") => "text/html; charset=utf-8",
            Some("js") => "text/javascript; charset=utf-8",
            Some("css") => "text/css; charset=utf-8",
            Some("svg") => "image/svg+xml",
            Some("csv") => "text/csv; charset=utf-8",
            Some("tsv") => "text/tab-separated-values; charset=utf-8",
            _ => "text/plain; charset=utf-8",
        };
        Some((bytes, kind))
    }
}

/// Reads all files in a folder and below it.
fn read(folder: &Path) -> Result<BTreeMap<String, Cow<'static, [u8]>>> {
    let mut files = BTreeMap::new();
    let mut folders = vec![(String::new(), folder.to_owned())];
    while let Some((above, folder)) = folders.pop() {
        let entries = std::fs::read_dir(&folder).map_err(|error| Error::io(&folder, error))?;
        for entry in entries.flatten() {
            let (path, kind) = (entry.path(), entry.file_type());
            let name = format!("{above}{}", entry.file_name().to_string_lossy());
            if LEFT_OUT.contains(&name.as_str()) {
                continue;
            }
            // a link could lead anywhere
            if kind.as_ref().is_ok_and(|kind| kind.is_dir()) {
                folders.push((format!("{name}/"), path));
            } else if kind.is_ok_and(|kind| kind.is_file()) {
                let small = entry.metadata().is_ok_and(|found| found.len() <= MOST_BYTES);
                if !small || files.len() >= MOST_FILES {
                    return Err(Error::Usage(format!(
                        "{} is not the folder of a built page",
                        path.display()
                    )));
                }
                let bytes = std::fs::read(&path).map_err(|error| Error::io(&path, error))?;
                files.insert(name, Cow::Owned(bytes));
            }
        }
    }
    Ok(files)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_a_fixed_table_of_files() {
        let place = tempfile::tempdir().unwrap();
        let folder = place.path().join("site");
        for path in ["ui.html", "app.js", "sw.js", "subtune/dist/index.js", "subtune/wasm/a.wasm"] {
            std::fs::create_dir_all(folder.join(path).parent().unwrap()).unwrap();
            std::fs::write(folder.join(path), path).unwrap();
        }
        std::fs::write(place.path().join("secret"), "secret").unwrap();
        #[cfg(unix)]
        std::os::unix::fs::symlink(place.path().join("secret"), folder.join("link")).unwrap();
        let site = Site::open(Some(&folder)).unwrap();
        assert_eq!(site.file("/").unwrap(), (&b"ui.html"[..], "text/html; charset=utf-8"));
        assert_eq!(site.file("/subtune/dist/index.js").unwrap().1, "text/javascript; charset=utf-8");
        let absent = [
            "",
            "app.js",
            "/sw.js",
            "/subtune/wasm/a.wasm",
            "/link",
            "/../secret",
            "/%2e%2e/secret",
            "//secret",
            "/subtune",
        ];
        for path in absent {
            assert!(site.file(path).is_none(), "{path}");
        }
        assert!(Site::open(Some(place.path())).is_err());
    }
}
