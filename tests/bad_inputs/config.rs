//! Bad `config.json` files.

use subtune::encoder::ModelConfig;

use super::Case;

const GOOD: &str = r#"{"model_type": "bert", "vocab_size": 97, "hidden_size": 24, "num_hidden_layers": 2,
    "num_attention_heads": 3, "intermediate_size": 40, "max_position_embeddings": 32}"#;

fn text(bytes: impl Into<Vec<u8>>, says: &'static str) -> Case {
    let bytes = bytes.into();
    let start = String::from_utf8_lossy(&bytes[..bytes.len().min(60)]).into_owned();
    Case::new(&start, says, move || ModelConfig::from_json("config.json", &bytes).map(drop))
}

/// A configuration with one field added or replaced.
fn field(name: &str, value: &str, says: &'static str) -> Case {
    let mut fields: serde_json::Map<String, serde_json::Value> = serde_json::from_str(GOOD).unwrap();
    fields.insert(name.into(), serde_json::from_str(value).unwrap());
    let json = serde_json::to_vec(&fields).unwrap();
    let start: String = value.chars().take(60).collect();
    Case::new(&format!("{name}: {start}"), says, move || {
        ModelConfig::from_json("config.json", &json).map(drop)
    })
}

pub fn cases() -> Vec<Case> {
    ModelConfig::from_json("config.json", GOOD.as_bytes()).unwrap();
    let long = "x".repeat(1 << 20);
    let numbers = format!("[{}1]", "1,".repeat(1 << 20));
    let gap = format!(
        "{{{}}}",
        (0..9).map(|id| format!("\"{}\": \"c{id}\"", 2 * id)).collect::<Vec<_>>().join(",")
    );
    vec![
        text("", "config.json: is not JSON (EOF*; expected a Hugging Face config.json"),
        text("null", "config.json: is not a JSON object"),
        text("\"bert\"", "config.json: is not a JSON object"),
        text(&GOOD[..GOOD.len() - 1], "config.json: is not JSON ("),
        text(format!("{GOOD}}}"), "config.json: is not JSON (trailing characters"),
        text(format!("\u{FEFF}{GOOD}"), "config.json: is not JSON (expected value at line 1 column 1"),
        text(
            GOOD.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<_>>(),
            "config.json: is not JSON (",
        ),
        text(b"{\"model_type\": \"b\xFFrt\"}".to_vec(), "config.json: is not JSON (invalid unicode"),
        text(GOOD.replace("97", "NaN"), "config.json: is not JSON ("),
        text(GOOD.replace("97", "1e999"), "config.json: is not JSON (number out of range"),
        text("[".repeat(1 << 20), "config.json: is not JSON (recursion limit"),
        text(r#"{"a":"#.repeat(1 << 20), "config.json: is not JSON (recursion limit"),
        text(" ".repeat((16 << 20) + 1), "config.json: is over 16 MiB; expected a Hugging Face config.json"),
        field(
            "model_type",
            "null",
            "config.json: has no model_type; expected one of \"bert\", \"distilbert\", \"roberta\"",
        ),
        field(
            "model_type",
            "7",
            "config.json: model_type is 7, which cannot be trained; use a model of \"bert\", \"distil",
        ),
        field(
            "model_type",
            "\"BERT\"",
            "config.json: model_type is \"BERT\", which cannot be trained; use a model of \"bert\"",
        ),
        field(
            "model_type",
            "\"deberta-v2\"",
            "config.json: model_type is \"deberta-v2\", which cannot be trained; use a model of \"bert\"",
        ),
        field(
            "model_type",
            "\"\\u001b[2Jx\\n\"",
            "config.json: model_type is \"\\u001b[2Jx\\n\", which cannot",
        ),
        field(
            "model_type",
            &format!("{long:?}"),
            "config.json: model_type is \"xxxx*..., which cannot be trained; use a model of \"bert\"",
        ),
        field(
            "vocab_size",
            "null",
            "config.json: vocab_size is null; expected a whole number from 1 to 2000000",
        ),
        field("vocab_size", "0", "config.json: vocab_size is 0; expected"),
        field(
            "vocab_size",
            "18446744073709551615",
            "config.json: vocab_size is 18446744073709551615; expected",
        ),
        field("vocab_size", &numbers, "config.json: vocab_size is [1,1*; expected a whole number"),
        field("vocab_size", "\"\\u001b[2J97\"", "config.json: vocab_size is \"\\u001b[2J97\"; expected"),
        field(
            "hidden_size",
            "-24",
            "config.json: hidden_size is -24; expected a whole number from 1 to 16384",
        ),
        field("hidden_size", "24.0", "config.json: hidden_size is 24.0; expected"),
        field("hidden_size", "\"24\"", "config.json: hidden_size is \"24\"; expected"),
        field("hidden_size", "[24]", "config.json: hidden_size is [24]; expected"),
        field(
            "num_hidden_layers",
            "0",
            "config.json: num_hidden_layers is 0; expected a whole number from 1 to 256",
        ),
        field("num_hidden_layers", "257", "config.json: num_hidden_layers is 257; expected"),
        field("num_hidden_layers", "true", "config.json: num_hidden_layers is true; expected"),
        field(
            "num_attention_heads",
            "0",
            "config.json: num_attention_heads is 0; expected a whole number from 1 to 1024",
        ),
        field(
            "num_attention_heads",
            "48",
            "config.json: hidden_size 24 is not a multiple of num_attention_heads 48",
        ),
        field(
            "intermediate_size",
            "1e30",
            "config.json: intermediate_size is 1e+30; expected a whole number from 1 to 131072",
        ),
        field(
            "max_position_embeddings",
            "7",
            "config.json: max_position_embeddings is 7; expected a whole number from 8 to 65536",
        ),
        field("max_position_embeddings", "{}", "config.json: max_position_embeddings is {}; expected"),
        field(
            "type_vocab_size",
            "0",
            "config.json: type_vocab_size is 0; expected a whole number from 1 to 64",
        ),
        field("type_vocab_size", "65", "config.json: type_vocab_size is 65; expected"),
        text(
            GOOD.replace("\"bert\"", "\"roberta\", \"pad_token_id\": 30"),
            "config.json: has 32 positions, of which the first token has number 31; expected at least 8 from there",
        ),
        text(
            GOOD.replace("\"bert\"", "\"distilbert\""),
            "config.json: dim is nothing; expected a whole number from 1 to 16384",
        ),
        text(
            GOOD.replace("\"bert\"", "\"electra\", \"embedding_size\": 0"),
            "config.json: embedding_size is 0; expected a whole number from 1 to 16384",
        ),
        text(
            GOOD.replace("\"bert\"", "\"mpnet\", \"relative_attention_num_buckets\": 64"),
            "config.json: relative_attention_num_buckets is 64; expected 32; no other is supported",
        ),
        text(
            GOOD.replace("\"bert\"", "\"modernbert\", \"layer_types\": [\"full_attention\"]"),
            "config.json: layer_types is [\"full_attention\"]; expected \"full_attention\" or",
        ),
        text(
            GOOD.replace("\"bert\"", "\"modernbert\", \"attention_bias\": true"),
            "config.json: attention_bias is true; expected false; no other is supported",
        ),
        text(
            GOOD.replace("\"bert\"", "\"modernbert\", \"global_rope_theta\": -1"),
            "config.json: global_rope_theta is -1; expected a rope_theta from 1 to 1e12",
        ),
        text(
            GOOD.replace(
                "\"bert\"",
                "\"modernbert\", \"rope_parameters\": {\"full_attention\": {\"rope_type\": \"yarn\"}}",
            ),
            "config.json: rope_parameters is {*; expected the rope_type \"default\"; no other is supported",
        ),
        text(
            GOOD.replace("\"bert\"", "\"modernbert\"").replace("heads\": 3", "heads\": 8"),
            "config.json: hidden_size / num_attention_heads is 3; expected an even number",
        ),
        text(
            GOOD.replace("\"intermediate_size\": 40, ", ""),
            "config.json: intermediate_size is nothing; expected",
        ),
        field(
            "hidden_act",
            "\"silu\"",
            "config.json: hidden_act is \"silu\"; expected \"gelu\", \"gelu_new\",",
        ),
        field("hidden_act", "5", "config.json: hidden_act is 5; expected \"gelu\""),
        field("hidden_act", "\"\\r\\u009b31m\"", "config.json: hidden_act is \"\\r\u{FFFD}31m\"; expected"),
        field(
            "position_embedding_type",
            "\"relative_key\"",
            "config.json: position_embedding_type is \"relative_key\"; expected \"absolute\"",
        ),
        field(
            "position_embedding_type",
            "[]",
            "config.json: position_embedding_type is []; expected \"absolute\"",
        ),
        field("is_decoder", "true", "config.json: is_decoder is true; expected an encoder"),
        field("layer_norm_eps", "0", "config.json: layer_norm_eps is 0; expected a number from 1e-30 to 1"),
        field("layer_norm_eps", "1.5", "config.json: layer_norm_eps is 1.5; expected"),
        field("layer_norm_eps", "-1e-12", "config.json: layer_norm_eps is -1e-12; expected"),
        field("layer_norm_eps", "1e-400", "config.json: layer_norm_eps is 0.0; expected"),
        field("layer_norm_eps", "\"1e-12\"", "config.json: layer_norm_eps is \"1e-12\"; expected"),
        field("initializer_range", "-0.02", "config.json: initializer_range is -0.02; expected a number"),
        field("initializer_range", "1e300", "config.json: initializer_range is 1e+300; expected"),
        field("initializer_range", "[0.02]", "config.json: initializer_range is [0.02]; expected"),
        field("hidden_dropout_prob", "2", "config.json: hidden_dropout_prob is 2; expected a number"),
        field(
            "attention_probs_dropout_prob",
            "\"none\"",
            "config.json: attention_probs_dropout_prob is \"none\"; expected",
        ),
        field("pad_token_id", "-1", "config.json: pad_token_id is -1; expected a whole number from 0 to 96"),
        field("pad_token_id", "97", "config.json: pad_token_id is 97; expected"),
        field("pad_token_id", "99999999999", "config.json: pad_token_id is 99999999999; expected"),
        field("num_labels", "0", "config.json: num_labels is 0; expected a whole number from 1 to 100000"),
        field("num_labels", "100001", "config.json: num_labels is 100001; expected"),
        field("num_labels", "-1", "config.json: num_labels is -1; expected"),
        field("num_labels", "\"3\"", "config.json: num_labels is \"3\"; expected"),
        field("problem_type", "\"regresion\"", "config.json: problem_type is \"regresion\"; expected"),
        field("problem_type", "1", "config.json: problem_type is 1; expected"),
        text(
            GOOD.replace("97", "97, \"problem_type\": \"regression\", \"num_labels\": 3"),
            "config.json: problem_type is \"regression\" with 3 labels; expected 1",
        ),
        field("id2label", "[]", "config.json: id2label is not an object; expected"),
        field("id2label", "{}", "config.json: id2label has 0 entries; expected 1 to 100000"),
        field(
            "id2label",
            "{\"0\": 1}",
            "config.json: id2label has the entry \"0\": 1; expected each of 0 to 0 once, with a name",
        ),
        field("id2label", "{\"1\": \"a\"}", "config.json: id2label has the entry \"1\": \"a\"; expected"),
        field("id2label", "{\"x\": \"a\"}", "config.json: id2label has the entry \"x\": \"a\"; expected"),
        field("id2label", "{\"-1\": \"a\"}", "config.json: id2label has the entry \"-1\": \"a\"; expected"),
        field(
            "id2label",
            "{\"0\": \"a\", \"00\": \"b\"}",
            "config.json: id2label has the entry \"00\": \"b\"; expected each of 0 to 1 once",
        ),
        field(
            "id2label",
            "{\"18446744073709551616\": \"a\"}",
            "config.json: id2label has the entry \"18446744073709551616\"",
        ),
        field(
            "id2label",
            &gap,
            "config.json: id2label has the entry \"10\": \"c5\"; expected each of 0 to 8 once",
        ),
        field(
            "id2label",
            "{\"\\u001b]0;x\": \"\\u0007\"}",
            "config.json: id2label has the entry \"\\u001b]0;x\": \"\\u0007\"; expected",
        ),
        field(
            "id2label",
            &format!("{{\"{long}\": \"a\"}}"),
            "config.json: id2label has the entry \"xxxx*...: \"a\"; expected",
        ),
        field(
            "id2label",
            &format!("{{\"0\": {numbers}}}"),
            "config.json: id2label has the entry \"0\": [1,1*; expected",
        ),
        field(
            "id2label",
            "{\"0\": \"a\", \"1\": \"a\"}",
            "config.json: id2label gives two ids the same name; expected distinct names",
        ),
        text(
            GOOD.replace("\"hidden_size\": 24", "\"hidden_size\": 16383").replace("97", "2000000"),
            "config.json: describes 35*parameters; at most 2147483648 can be trained",
        ),
    ]
}
