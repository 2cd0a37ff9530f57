//! The part of the model card that shows how to use the model from other programs.

use serde_json::json;

use crate::spec::OutputWords;

/// The facts about a model that the lines depend on.
pub struct Usage<'a> {
    /// How an answer comes from the logits.
    pub output: &'a OutputWords,
    /// Whether each input has two texts.
    pub is_pair: bool,
    /// Tokens beyond which texts are cut, where that is known.
    pub max_length: Option<usize>,
    /// The prompt before every text; empty where there is none.
    pub prompt: &'a str,
}

impl Usage<'_> {
    /// Markdown, with a heading.
    pub fn section(&self) -> String {
        let Usage { output, is_pair, max_length, prompt } = *self;
        let length = max_length.map(|length| format!(", max_length={length}")).unwrap_or_default();
        // a string of JSON is one of Python and of JavaScript too
        let [one, two] = ["some text", "its pair"].map(|text| json!(format!("{prompt}{text}")).to_string());
        let text = if is_pair { format!("{one}, {two}") } else { one.clone() };
        let texts = if is_pair { format!("[{one}], [{two}]") } else { format!("[{one}]") };
        let result = output.python;
        let mut section = format!(
            "## How to use it\n\n### transformers\n\n```python\n\
             from transformers import AutoModelForSequenceClassification, AutoTokenizer\n\
             tokenizer = AutoTokenizer.from_pretrained(\".\")\n\
             model = AutoModelForSequenceClassification.from_pretrained(\".\").eval()\n\
             inputs = tokenizer({text}, truncation=True{length}, return_tensors=\"pt\")\n\
             print(model(**inputs).logits{result})\n```\n\n\
             For the other two, `subtune export --model . --format onnx --output onnx-model` writes an ONNX folder; \
             `--dtype float16` and `--dtype q8` make it smaller.\n\n"
        );
        section += &format!(
            "### onnxruntime\n\n```python\n\
             from onnxruntime import InferenceSession\n\
             from transformers import AutoTokenizer\n\
             tokenizer = AutoTokenizer.from_pretrained(\"onnx-model\")\n\
             inputs = tokenizer({texts}, truncation=True, return_tensors=\"np\")\n\
             print(InferenceSession(\"onnx-model/onnx/model.onnx\").run([\"logits\"], dict(inputs))[0])\n```\n\n"
        );
        section += &format!("{}\n\n", output.logits);
        section += "### transformers.js\n\n`localModelPath` is the folder that holds `onnx-model`: a path in Node, a URL in a \
                    browser.\n\n";
        section += &match (output.no_pipeline, is_pair) {
            (None, false) => format!(
                "```js\nimport {{ env, pipeline }} from \"@huggingface/transformers\";\n\
                 Object.assign(env, {{ allowLocalModels: true, localModelPath: \"./\" }});\n\
                 const classify = await pipeline(\"text-classification\", \"onnx-model\");\n\
                 console.log(await classify({one}, {{ top_k: null }}));\n```\n"
            ),
            _ => {
                let pair = if is_pair { format!("text_pair: [{two}], ") } else { String::new() };
                let (result, import) = (output.javascript, output.import);
                format!(
                    "```js\nimport {{ AutoModelForSequenceClassification, AutoTokenizer, env{import} }} from \
                     \"@huggingface/transformers\";\n\
                     Object.assign(env, {{ allowLocalModels: true, localModelPath: \"./\" }});\n\
                     const tokenizer = await AutoTokenizer.from_pretrained(\"onnx-model\");\n\
                     const model = await AutoModelForSequenceClassification.from_pretrained(\"onnx-model\");\n\
                     const {{ logits }} = await model(tokenizer([{one}], {{ {pair}truncation: true }}));\n\
                     console.log({result});\n```\n"
                )
            }
        };
        if let Some(why) = output.no_pipeline {
            section += &format!("\n{why}\n");
        }
        section
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::TaskKind;

    fn output(is_regression: bool) -> &'static OutputWords {
        let kind = if is_regression { TaskKind::Regression } else { TaskKind::Classification };
        &kind.row().output
    }

    fn section(is_regression: bool, is_pair: bool) -> String {
        Usage { output: output(is_regression), is_pair, max_length: Some(96), prompt: "" }.section()
    }

    #[test]
    fn every_kind_of_model_has_lines_for_three_programs() {
        for (is_regression, is_pair) in [(false, false), (false, true), (true, false), (true, true)] {
            let section = section(is_regression, is_pair);
            for heading in ["### transformers\n", "### onnxruntime\n", "### transformers.js\n"] {
                assert_eq!(section.matches(heading).count(), 1, "{heading} in {section}");
            }
            assert_eq!(section.matches("```").count(), 6);
            assert!(section.contains("truncation=True, max_length=96, return_tensors=\"pt\""));
            assert_eq!(section.contains("its pair"), is_pair);
            assert_eq!(section.contains("softmax(-1)"), !is_regression);
            assert_eq!(section.contains("pipeline(\"text-classification\""), !is_regression && !is_pair);
        }
        assert!(
            !Usage { output: output(false), is_pair: false, max_length: None, prompt: "" }
                .section()
                .contains("max_length")
        );
    }

    #[test]
    fn a_regression_warns_of_pipelines_and_reads_the_number() {
        let section = section(true, false);
        assert!(section.contains("logits.item()") && section.contains("logits.data[0]"));
        assert!(section.contains("applies a softmax or a sigmoid"));
    }

    #[test]
    fn the_prompt_stands_before_every_text() {
        for (is_regression, is_pair) in [(false, false), (false, true), (true, false), (true, true)] {
            let usage =
                Usage { output: output(is_regression), is_pair, max_length: None, prompt: "a \"b\"\n" };
            let section = usage.section();
            assert_eq!(section.matches(r#""a \"b\"\nsome text""#).count(), 3);
            assert_eq!(section.matches("some text").count(), 3);
            assert_eq!(section.matches(r#""a \"b\"\nits pair""#).count(), if is_pair { 3 } else { 0 });
        }
    }
}
