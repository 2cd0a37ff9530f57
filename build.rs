//! Says whether the bundled model and sample are there to be built into the program, and lists the files of the page. A
//! package of the registry has none of them, because they are larger than a package may be; the program then asks for
//! `--model`, `--train-file` and `--site`.

use std::fmt::Write;
use std::path::{Path, PathBuf};

fn main() {
    println!("cargo::rustc-check-cfg=cfg(bundled)");
    let needed = ["models/minilm/model.safetensors", "samples/sms_spam.csv"];
    for file in needed {
        println!("cargo::rerun-if-changed={file}");
    }
    if needed.iter().all(|file| Path::new(file).is_file()) {
        println!("cargo::rustc-cfg=bundled");
    }
    if std::env::var_os("CARGO_FEATURE_UI").is_some() {
        site();
    }
}

/// Writes `site.rs`, the table of the page's files for `src/cli/ui/site.rs`. Without a built page it is empty.
fn site() {
    println!("cargo::rerun-if-env-changed=SUBTUNE_SITE");
    let named = std::env::var_os("SUBTUNE_SITE").map(PathBuf::from);
    let root = std::env::current_dir().expect("a package is built in its folder");
    let folder = root.join(named.unwrap_or_else(|| "www/site".into()));
    let mut files = Vec::new();
    // to watch a file that is not there would build the program again each time
    if folder.join("ui.html").is_file() {
        println!("cargo::rerun-if-changed={}", folder.join("ui.html").display());
        list(&folder, "", &mut files);
    }
    files.sort();
    let mut table = String::from("static BUILT: &[(&str, &[u8])] = &[\n");
    for (name, path) in files {
        writeln!(table, "    ({name:?}, include_bytes!({:?})),", path.display().to_string())
            .expect("a string grows");
    }
    table.push_str("];\n");
    let out = PathBuf::from(std::env::var_os("OUT_DIR").expect("cargo names a folder")).join("site.rs");
    std::fs::write(out, table).expect("cargo's folder can be written to");
}

include!("src/cli/ui/left_out.rs");

/// Lists the files to serve in a folder and below it.
fn list(folder: &Path, above: &str, files: &mut Vec<(String, PathBuf)>) {
    for entry in std::fs::read_dir(folder).expect("the page can be read").flatten() {
        let name = format!("{above}{}", entry.file_name().to_string_lossy());
        if LEFT_OUT.contains(&name.as_str()) {
            continue;
        }
        match entry.path() {
            path if path.is_dir() => list(&path, &format!("{name}/"), files),
            path => files.push((name, path)),
        }
    }
}
