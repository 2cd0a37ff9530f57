//! The program.

use subtune::cli::Bundled;

// Large tensors come and go in each step; the system's allocator would return their pages and the system would clear
// them again each time.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[cfg(bundled)]
macro_rules! minilm {
    ($name:literal) => {
        ($name, include_bytes!(concat!("../../models/minilm/", $name)))
    };
}

/// The bundled files. They are in the program and not in the library, because browsers load the library.
#[cfg(bundled)]
static BUNDLED: Bundled = Bundled {
    model: Some(subtune::cli::BundledModel {
        name: "all-MiniLM-L6-v2",
        files: &[
            minilm!("config.json"),
            minilm!("model.safetensors"),
            minilm!("tokenizer.json"),
            minilm!("tokenizer_config.json"),
            minilm!("special_tokens_map.json"),
            minilm!("vocab.txt"),
        ],
    }),
    sample: Some(("sms_spam.csv", include_bytes!("../../samples/sms_spam.csv"))),
};

/// The model is larger than a package of a registry may be.
#[cfg(not(bundled))]
static BUNDLED: Bundled = Bundled { model: None, sample: None };

fn main() -> std::process::ExitCode {
    // Mesa's layer that reorders adapters looks for a display and complains without one. subtune chooses the adapter
    // itself.
    // SAFETY: no other thread exists yet.
    unsafe { std::env::set_var("NODEVICE_SELECT", "1") };
    subtune::process::prepare();
    subtune::cli::main(&BUNDLED)
}
