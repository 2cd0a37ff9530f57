//! Advice about a folder that is not a complete model.

use std::path::Path;

use super::shards::INDEX;

/// Says what to do about a folder that lacks a file of a model; `None` if its content gives no hint.
pub fn advice(folder: &Path) -> Option<String> {
    let has = |name: &str| folder.join(name).exists();
    let names = || std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.file_name());
    let ends = |end: &str| names().any(|name| name.to_string_lossy().ends_with(end));
    let convert = |what: &str, from: &str| {
        format!(
            "found {what}: convert it with Python's transformers: \
             AutoModel.from_pretrained(DIR{from}).save_pretrained(DIR)"
        )
    };
    if has("adapter_config.json") {
        return Some(
            "found an adapter (LoRA) without its model: merge it with Python's peft (merge_and_unload) and save the whole \
             model"
                .into(),
        );
    }
    if has("snapshots") {
        let inside = std::fs::read_dir(folder.join("snapshots")).ok()?.flatten().next();
        let name =
            inside.map_or_else(|| "...".into(), |entry| entry.file_name().to_string_lossy().into_owned());
        return Some(format!(
            "found a cache of the Hugging Face hub: name the folder snapshots/{name} in it"
        ));
    }
    if !has("model.safetensors") && !has(INDEX) {
        const WEIGHTS: [(&str, &str, &str); 6] = [
            (".bin", "weights of PyTorch (a pickle, which could run code)", ""),
            (".pt", "weights of PyTorch", ""),
            (".pth", "weights of PyTorch", ""),
            (".h5", "weights of TensorFlow", ", from_tf=True"),
            (".index", "a checkpoint of TensorFlow", ", from_tf=True"),
            (".msgpack", "weights of Flax", ", from_flax=True"),
        ];
        let found = WEIGHTS.iter().find(|(end, ..)| ends(end));
        return found.map(|(_, what, from)| convert(what, from));
    }
    const VOCABULARIES: [&str; 3] = ["tokenizer_config.json", "vocab.json", "sentencepiece.bpe.model"];
    let lacks_tokenizer = !has("tokenizer.json") && VOCABULARIES.into_iter().any(has);
    lacks_tokenizer.then(|| {
        "make it with Python's transformers: AutoTokenizer.from_pretrained(DIR).save_pretrained(DIR)".into()
    })
}
