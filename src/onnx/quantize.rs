//! Quantises weights to eight bits, with a scale for each column, as ONNX Runtime's dynamic quantisation does.

/// The byte for 0. Bytes are unsigned, because x86 processors before VNNI add products of bytes in 16 bits, where those of a
/// signed and an unsigned byte overflow.
pub const ZERO_POINT: u8 = 128;
/// The distance of the largest entry of a column from [`ZERO_POINT`].
const LEVELS: f32 = 127.0;

/// A row-major matrix. An entry is (byte - [`ZERO_POINT`]) * scale of its column.
pub struct Quantized {
    pub bytes: Vec<u8>,
    /// The scale of each column, above 0.
    pub scales: Vec<f32>,
}

/// Rounds each entry of a row-major matrix of finite numbers to the nearest multiple of its column's scale; ties go to the
/// even multiple.
pub fn quantize(values: &[f32], columns: usize) -> Quantized {
    let mut scales = vec![0f32; columns];
    for row in values.chunks_exact(columns) {
        for (scale, value) in scales.iter_mut().zip(row) {
            *scale = scale.max(value.abs());
        }
    }
    for scale in &mut scales {
        // a column of zeros or of tiny numbers: any scale above 0 will do
        *scale = if *scale / LEVELS > 0.0 { *scale / LEVELS } else { 1.0 };
    }
    let mut bytes = Vec::with_capacity(values.len());
    for row in values.chunks_exact(columns) {
        let one = |(value, scale): (&f32, &f32)| {
            let level = (value / scale).round_ties_even().clamp(-LEVELS, LEVELS);
            (level + f32::from(ZERO_POINT)) as u8
        };
        bytes.extend(row.iter().zip(&scales).map(one));
    }
    Quantized { bytes, scales }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_is_rounded_to_the_nearest_level_and_a_tie_to_the_even_one() {
        // the first column has scale 1, the second 2
        let rows = [[127.0, -254.0], [0.5, 1.0], [1.5, 3.0], [-2.5, -5.0], [0.49, 254.0], [-127.0, 0.0]];
        let found = quantize(rows.as_flattened(), 2);
        assert_eq!(found.scales, [1.0, 2.0]);
        assert_eq!(found.bytes, [255, 1, 128, 128, 130, 130, 126, 126, 128, 255, 1, 128]);
    }

    #[test]
    fn no_entry_is_further_from_its_level_than_half_a_step() {
        let mut random = crate::random::Random::new(1, crate::random::Stream::Initialisation, 0);
        let values: Vec<f32> = (0..1000).map(|i| random.normal() * (1.0 + (i % 10) as f32)).collect();
        let found = quantize(&values, 10);
        for (index, (value, byte)) in values.iter().zip(&found.bytes).enumerate() {
            let scale = found.scales[index % 10];
            let restored = (f32::from(*byte) - 128.0) * scale;
            assert!(
                (restored - value).abs() <= scale * 0.5001,
                "{value} became {restored}, with a step of {scale}"
            );
        }
        for column in 0..10 {
            let bytes = found.bytes.iter().skip(column).step_by(10);
            assert!(bytes.clone().any(|byte| [1, 255].contains(byte)), "column {column} uses all levels");
            assert!(bytes.clone().all(|byte| *byte > 0));
        }
    }

    #[test]
    fn columns_of_zeros_and_of_extremes_stay_finite() {
        let rows = [[0.0, 1e-45, f32::MAX], [-0.0, -1e-45, f32::MIN]];
        let found = quantize(rows.as_flattened(), 3);
        assert_eq!(found.bytes, [128, 128, 255, 128, 128, 1]);
        assert!(found.scales.iter().all(|scale| scale.is_finite() && *scale > 0.0));
    }
}
