//! Frozen features, as the rows of a matrix.

/// One row of `size` features for each text.
#[derive(Clone, Debug)]
pub struct Features {
    /// The number of features of a row.
    pub size: usize,
    values: Vec<f64>,
}

impl Features {
    /// Takes row-major `values` and divides them by the square root of `size`, so that a normalised row has length 1
    /// and one grid of penalties serves every model.
    pub fn new(size: usize, values: &[f32]) -> Self {
        let scale = Self::scale(size);
        Features { size, values: values.iter().map(|value| f64::from(*value) * scale).collect() }
    }

    /// The factor on the features.
    pub(super) fn scale(size: usize) -> f64 {
        1.0 / (size as f64).sqrt()
    }

    /// The number of rows.
    pub fn rows(&self) -> usize {
        self.values.len() / self.size
    }

    pub(crate) fn row(&self, row: usize) -> &[f64] {
        &self.values[row * self.size..][..self.size]
    }

    pub(super) fn values(&self) -> &[f64] {
        &self.values
    }

    /// Adds the rows of `others`, which have the same number of features.
    pub fn extend(&mut self, others: &Features) {
        self.values.extend_from_slice(&others.values);
    }

    /// The rows at length 1. A row of zeros stays as it is.
    pub(crate) fn directions(&self) -> Self {
        let direction = |row: usize| {
            let row = self.row(row);
            let length = row.iter().map(|value| value * value).sum::<f64>().sqrt();
            row.iter().map(move |value| if length > 0.0 { value / length } else { 0.0 })
        };
        Features { size: self.size, values: (0..self.rows()).flat_map(direction).collect() }
    }

    /// Copies some of the rows, in this order.
    pub fn select(&self, rows: &[usize]) -> Self {
        let values = rows.iter().flat_map(|row| self.row(*row)).copied().collect();
        Features { size: self.size, values }
    }
}
