//! The curves of a run as a TensorBoard event file: records in TFRecord framing, each a protobuf `Event`.
//!
//! Tags are those of Hugging Face's Trainer: `train/loss`, `train/learning_rate`, `train/grad_norm`, `eval/accuracy`.

use prost::Message;
use prost::Oneof;

use crate::spec::{Event, Metrics, Part};

/// An event of TensorBoard: names and numbers as in its event.proto.
#[derive(Clone, PartialEq, Message)]
struct Record {
    /// Seconds since 1970.
    #[prost(double, tag = "1")]
    wall_time: f64,
    #[prost(int64, tag = "2")]
    step: i64,
    #[prost(oneof = "What", tags = "3, 5, 7")]
    what: Option<What>,
}

#[derive(Clone, PartialEq, Oneof)]
enum What {
    #[prost(string, tag = "3")]
    FileVersion(String),
    #[prost(message, tag = "5")]
    Summary(Summary),
    #[prost(message, tag = "7")]
    SessionLog(SessionLog),
}

#[derive(Clone, PartialEq, Message)]
struct Summary {
    #[prost(message, repeated, tag = "1")]
    value: Vec<Scalar>,
}

#[derive(Clone, PartialEq, Message)]
struct Scalar {
    #[prost(string, tag = "1")]
    tag: String,
    /// Written even if it is 0: a value of TensorBoard is one of several kinds.
    #[prost(float, optional, tag = "2")]
    simple_value: Option<f32>,
}

/// Says that steps from here on are done anew: TensorBoard drops what it has of them.
#[derive(Clone, PartialEq, Message)]
struct SessionLog {
    /// 1 is a start.
    #[prost(int32, tag = "1")]
    status: i32,
}

const START: i32 = 1;

/// The beginning of a file.
pub fn beginning(wall_time: f64) -> Vec<u8> {
    framed(&Record { wall_time, step: 0, what: Some(What::FileVersion("brain.Event:2".into())) })
}

/// Makes TensorBoard forget everything from `step` on.
pub fn restart(wall_time: f64, step: usize) -> Vec<u8> {
    let what = Some(What::SessionLog(SessionLog { status: START }));
    framed(&Record { wall_time, step: step as i64, what })
}

/// What an event of the run adds to the file.
pub fn record(wall_time: f64, event: &Event) -> Option<Vec<u8>> {
    let (step, scalars) = match event {
        Event::Contrast { step, loss, .. } => (*step, vec![("contrast/loss".to_owned(), *loss)]),
        Event::Probe { metrics, .. } => (0, metrics.as_ref().map_or_else(Vec::new, |it| scores("probe", it))),
        Event::Step { step, epoch, loss, grad_norm, learning_rate, .. } => {
            let values = [
                ("loss", loss),
                ("grad_norm", grad_norm),
                ("learning_rate", learning_rate),
                ("epoch", epoch),
            ];
            (*step, values.map(|(name, value)| (format!("train/{name}"), *value)).into())
        }
        Event::Evaluation { part, step, metrics, .. } => (*step, scores(folder(*part), metrics)),
        Event::Recovery { from, .. } => return Some(restart(wall_time, from + 1)),
        _ => return None,
    };
    let scalar = |(tag, value)| Scalar { tag, simple_value: Some(value as f32) };
    if scalars.is_empty() {
        return None;
    }
    let value: Vec<Scalar> = scalars.into_iter().map(scalar).collect();
    let what = Some(What::Summary(Summary { value }));
    Some(framed(&Record { wall_time, step: step as i64, what }))
}

fn folder(part: Part) -> &'static str {
    match part {
        Part::Validation => "eval",
        Part::Test => "test",
        Part::CrossValidation => "cross_validation",
    }
}

/// Every score that has a name.
fn scores(folder: &str, metrics: &Metrics) -> Vec<(String, f64)> {
    let names = metrics.scores.kind().row().metrics.iter();
    names.filter_map(|name| Some((format!("{folder}/{name}"), metrics.value(name)?))).collect()
}

/// A record with its length and the checksums of both.
fn framed(record: &Record) -> Vec<u8> {
    let data = record.encode_to_vec();
    let length = (data.len() as u64).to_le_bytes();
    [&length[..], &checksum(&length), &data, &checksum(&data)].concat()
}

/// CRC-32C, masked as in TFRecord: a checksum of data that holds checksums would else be weak.
fn checksum(bytes: &[u8]) -> [u8; 4] {
    const POLYNOMIAL: u32 = 0x82f6_3b78;
    const MASK: u32 = 0xa282_ead8;
    let shifted = |crc: u32, _| if crc & 1 == 1 { crc >> 1 ^ POLYNOMIAL } else { crc >> 1 };
    let crc = !bytes.iter().fold(!0, |crc, byte| (0..8).fold(crc ^ u32::from(*byte), shifted));
    crc.rotate_right(15).wrapping_add(MASK).to_le_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The records of a file, whose checksums hold.
    fn read(mut bytes: &[u8]) -> Vec<Record> {
        let mut records = Vec::new();
        while !bytes.is_empty() {
            let (length, rest) = bytes.split_at(8);
            let (sum, rest) = rest.split_at(4);
            assert_eq!(sum, checksum(length));
            let (data, rest) = rest.split_at(u64::from_le_bytes(length.try_into().unwrap()) as usize);
            let (sum, rest) = rest.split_at(4);
            assert_eq!(sum, checksum(data));
            records.push(Record::decode(data).unwrap());
            bytes = rest;
        }
        records
    }

    #[test]
    fn the_checksum_is_that_of_tensorflow() {
        // CRC-32C of RFC 3720, B.4 (8a9136aa and 62a8ab43), and of 123456789 (e3069283), each masked
        assert_eq!(checksum(&[0; 32]), 0x0fd7_fffau32.to_le_bytes());
        assert_eq!(checksum(&[0xff; 32]), 0xf909_b029u32.to_le_bytes());
        assert_eq!(checksum(b"123456789"), 0xc78a_b0e5u32.to_le_bytes());
    }

    #[test]
    fn steps_and_scores_are_scalars_and_a_repeated_step_is_said_to_be_one() {
        let step = Event::Step {
            step: 10,
            epoch: 0.5,
            loss: 0.25,
            grad_norm: 2.0,
            learning_rate: 0.0,
            steps_per_second: 1.0,
            seconds_left: 1.0,
        };
        let metrics = Metrics::classification(0.5, &[vec![0.9, 0.1], vec![0.8, 0.2]], &[0, 1], 2);
        let evaluation = Event::Evaluation {
            part: Part::Validation,
            step: 10,
            epoch: 0.5,
            metrics: Box::new(metrics),
            best: true,
        };
        let recovery = Event::Recovery { step: 12, from: 10, message: String::new() };
        let warning = Event::Warning { message: String::new() };
        let events = [step, evaluation, recovery, warning];
        let mut file = beginning(1.0);
        file.extend(events.iter().filter_map(|event| record(2.0, event)).flatten());
        let records = read(&file);
        assert_eq!(records[0].what, Some(What::FileVersion("brain.Event:2".into())));
        let scalars = |record: &Record| match &record.what {
            Some(What::Summary(Summary { value })) => {
                value.iter().map(|one| (one.tag.clone(), one.simple_value.unwrap())).collect::<Vec<_>>()
            }
            other => panic!("{other:?}"),
        };
        let named = |all: &[(&str, f32)]| -> Vec<(String, f32)> {
            all.iter().map(|(tag, value)| ((*tag).to_owned(), *value)).collect()
        };
        let expected = [
            ("train/loss", 0.25),
            ("train/grad_norm", 2.0),
            ("train/learning_rate", 0.0),
            ("train/epoch", 0.5),
        ];
        assert_eq!(scalars(&records[1]), named(&expected));
        let found = scalars(&records[2]);
        assert!(found.contains(&("eval/accuracy".into(), 0.5)), "{found:?}");
        assert_eq!((records[1].step, records[2].step), (10, 10));
        let start = SessionLog { status: START };
        assert_eq!((records[3].step, &records[3].what), (11, &Some(What::SessionLog(start))));
        assert_eq!(records.len(), 4);
    }
}
