//! The part of the model card that shows how to use the model from other programs.

use serde_json::json;

use crate::spec::{Long, OutputWords};
use crate::text::MOST_WINDOWS;

/// The facts about a model that the lines depend on.
pub struct Usage<'a> {
    /// How an answer comes from the logits.
    pub output: &'a OutputWords,
    /// Whether each input has two texts.
    pub is_pair: bool,
    /// The most tokens of a text that are read at once, and what is read of a longer one, where that is known.
    pub length: Option<(usize, Long)>,
    /// The prompt before every text; empty where there is none.
    pub prompt: &'a str,
}

impl Usage<'_> {
    /// Markdown, with a heading.
    pub fn section(&self) -> String {
        let Usage { output, is_pair, length, prompt } = *self;
        let [call, logits] = self.transformers();
        // a string of JSON is one of Python and of JavaScript too
        let [one, two] = ["some text", "its pair"].map(|text| json!(format!("{prompt}{text}")).to_string());
        let text = if is_pair { format!("{one}, {two}") } else { one.clone() };
        let texts = if is_pair { format!("[{one}], [{two}]") } else { format!("[{one}]") };
        let result = output.python;
        let mut section = format!(
            "## How to use it\n\n{}### transformers\n\n```python\n\
             from transformers import AutoModelForSequenceClassification, AutoTokenizer\n\
             tokenizer = AutoTokenizer.from_pretrained(\".\")\n\
             model = AutoModelForSequenceClassification.from_pretrained(\".\").eval()\n\
             inputs = tokenizer({text}, truncation=True{call}, return_tensors=\"pt\")\n\
             print(model(**inputs).logits{logits}{result})\n```\n\n\
             For the other two, `subtune export --model . --format onnx --output onnx-model` writes an ONNX folder; \
             `--dtype float16` and `--dtype q8` make it smaller.\n\n",
            length.and_then(|length| self.long_texts(length)).unwrap_or_default()
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

    /// The arguments of the tokenizer for the length, and what makes the text's logits of those of its windows.
    fn transformers(&self) -> [String; 2] {
        match self.length {
            None => [String::new(), String::new()],
            Some((length, Long::Windows)) if !self.is_pair => [
                format!(
                    ", max_length={length}, stride=({length} - tokenizer.num_special_tokens_to_add()) // 4, \
                     return_overflowing_tokens=True, padding=True"
                ),
                format!("[:{MOST_WINDOWS}].mean(0, keepdim=True)"),
            ],
            Some((length, _)) => [format!(", max_length={length}"), String::new()],
        }
    }

    /// Which of the lines read long texts as training did.
    fn long_texts(&self, (length, long): (usize, Long)) -> Option<String> {
        let read = match long {
            Long::Head => return None,
            Long::HeadTail => {
                format!("Of texts of more than {length} tokens, the model reads the beginning and the end")
            }
            Long::Windows => format!("Texts of more than {length} tokens are read in windows"),
        };
        let (alike, others) = match long {
            Long::Windows if !self.is_pair => {
                ("`subtune predict` and the lines for transformers do", "the other lines")
            }
            _ => ("`subtune predict` does", "the lines below"),
        };
        Some(format!("{read}, as {alike}. Pipelines and {others} read their beginning alone.\n\n"))
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
        Usage { output: output(is_regression), is_pair, length: Some((96, Long::Head)), prompt: "" }.section()
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
            !Usage { output: output(false), is_pair: false, length: None, prompt: "" }
                .section()
                .contains("max_length")
        );
    }

    #[test]
    fn the_lines_that_read_long_texts_otherwise_are_named() {
        let section = |long, is_pair| {
            Usage { output: output(false), is_pair, length: Some((96, long)), prompt: "" }.section()
        };
        assert!(!section(Long::Head, false).contains("more than 96 tokens"));
        let windows = section(Long::Windows, false);
        assert!(windows.contains("stride=(96 - tokenizer.num_special_tokens_to_add()) // 4"), "{windows}");
        assert!(windows.contains("logits[:16].mean(0, keepdim=True).softmax(-1)"), "{windows}");
        assert!(
            windows.contains("the lines for transformers do. Pipelines and the other lines read"),
            "{windows}"
        );
        for (long, is_pair) in [(Long::Windows, true), (Long::HeadTail, false), (Long::HeadTail, true)] {
            let section = section(long, is_pair);
            assert!(
                section.contains("`subtune predict` does. Pipelines and the lines below read"),
                "{section}"
            );
            assert!(!section.contains("stride="), "{section}");
        }
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
            let usage = Usage { output: output(is_regression), is_pair, length: None, prompt: "a \"b\"\n" };
            let section = usage.section();
            assert_eq!(section.matches(r#""a \"b\"\nsome text""#).count(), 3);
            assert_eq!(section.matches("some text").count(), 3);
            assert_eq!(section.matches(r#""a \"b\"\nits pair""#).count(), if is_pair { 3 } else { 0 });
        }
    }
}
