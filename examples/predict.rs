//! Labels texts with a fine-tuned model: `cargo run --release --example predict MODEL TEXT...`.

use std::path::Path;

use subtune::spec::Example;
use subtune::{Answer, DeviceChoice, Error, ModelFolder, Predictor, Result, Tuned, choose};

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let Some((model, texts)) = arguments.split_first() else {
        return Err(Error::Usage("expected arguments: MODEL TEXT...".into()));
    };
    // texts are cut as in training, and 32 at a time go through the model
    let tuned = Tuned::new(ModelFolder::read_to_use(Path::new(model))?, None, 32)?;
    let labels = tuned.task.labels.clone();
    let example =
        |(text, line): (&String, u64)| Example { line, text: text.clone(), pair: None, target: None };
    let examples: Vec<Example> = texts.iter().zip(1..).map(example).collect();
    let encoded = tuned.encode(&examples)?;
    pollster::block_on(async {
        let mut predictor = Predictor::new(tuned, choose(&DeviceChoice::Auto).await?)?;
        // once more on another device, if the first one is lost
        let predictions = predictor
            .retried(
                async |_| choose(&DeviceChoice::Auto).await,
                async |predictor| predictor.predict(&encoded).await,
            )
            .await?;
        for (text, prediction) in texts.iter().zip(&predictions) {
            match Answer::new(prediction, &labels) {
                Answer::Class { label, probability, .. } => println!("{label} ({probability:.2}): {text}"),
                Answer::Value { value } => println!("{value:.3}: {text}"),
                _ => {}
            }
        }
        Ok(())
    })
}
