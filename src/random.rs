//! Counter-based random numbers: Philox4x32-10 (Salmon et al., "Parallel Random Numbers: As Easy as 1, 2, 3", SC 2011).
//! A draw is a pure function of (seed, stream, counter), so a resumed run needs no generator state, and the GPU
//! (`shaders/shared/philox.wgsl`) draws the same numbers.

/// The purpose of a sequence of draws. Streams never overlap, so a new purpose does not change the draws of others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum Stream {
    /// Initial weights.
    Initialisation = 1,
    /// The choice of held-out examples.
    Split = 2,
    /// The order of examples.
    Shuffle = 3,
    /// The random columns of `dps-mix`.
    ColumnNoise = 4,
    /// Reserved; subtune trains without dropout.
    Dropout = 5,
    /// The choice of `max_train_samples` examples.
    Subsample = 6,
    /// Resampling for intervals.
    Bootstrap = 7,
    /// Random masks of single entries.
    RandomMask = 8,
    /// The folds of a cross-validation.
    Folds = 9,
    /// The pairs of a contrastive stage.
    Pairs = 10,
    /// The choice of texts to label next.
    Suggestions = 11,
    /// A mask that stays the same for a whole run.
    FixedMask = 12,
    /// The first values of low-rank factors.
    LowRank = 13,
    /// The noise of `lnsr`.
    StateNoise = 14,
    /// The start of the decomposition for `dsee`.
    Decomposition = 15,
}

/// Draws four independent 32-bit words for one counter under one key.
pub fn philox4x32(counter: [u32; 4], key: [u32; 2]) -> [u32; 4] {
    philox4x32_lanes(counter.map(|word| [word]), key).map(|[word]| word)
}

/// Like [`philox4x32`], for `N` counters. They are stored word by word, so that vector units compute them together.
#[inline(always)]
pub fn philox4x32_lanes<const N: usize>(mut counter: [[u32; N]; 4], mut key: [u32; 2]) -> [[u32; N]; 4] {
    for round in 0..10 {
        if round > 0 {
            key = [key[0].wrapping_add(0x9E37_79B9), key[1].wrapping_add(0xBB67_AE85)];
        }
        let [first, second, third, fourth] = &mut counter;
        for (((first, second), third), fourth) in first.iter_mut().zip(second).zip(third).zip(fourth) {
            let a = u64::from(*first) * 0xD251_1F53;
            let b = u64::from(*third) * 0xCD9E_8D57;
            *first = (b >> 32) as u32 ^ *second ^ key[0];
            *second = b as u32;
            *third = (a >> 32) as u32 ^ *fourth ^ key[1];
            *fourth = a as u32;
        }
    }
    counter
}

/// Turns a word into a uniform number in [0, 1) with 24 random bits, which a float32 holds exactly on every device.
pub fn unit(word: u32) -> f32 {
    (word >> 8) as f32 * (1.0 / 16_777_216.0)
}

/// The draws of one stream in order.
#[derive(Clone, Debug)]
pub struct Random {
    key: [u32; 2],
    counter: [u32; 4],
    words: [u32; 4],
    used: usize,
}

impl Random {
    /// `index` separates sequences of the same stream, such as epochs or parameters.
    pub fn new(seed: u64, stream: Stream, index: u64) -> Self {
        Random {
            key: [seed as u32, (seed >> 32) as u32],
            counter: [0, stream as u32, index as u32, (index >> 32) as u32],
            words: [0; 4],
            used: 4,
        }
    }

    /// Draws 32 random bits.
    pub fn word(&mut self) -> u32 {
        if self.used == 4 {
            self.words = philox4x32(self.counter, self.key);
            self.counter[0] = self.counter[0].wrapping_add(1);
            self.used = 0;
        }
        self.used += 1;
        self.words[self.used - 1]
    }

    /// Draws a uniform integer in 0..bound (Lemire's unbiased multiplication method).
    pub fn below(&mut self, bound: u32) -> u32 {
        assert!(bound > 0, "an empty range has no members");
        let threshold = bound.wrapping_neg() % bound;
        loop {
            let product = u64::from(self.word()) * u64::from(bound);
            if product as u32 >= threshold {
                return (product >> 32) as u32;
            }
        }
    }

    /// Shuffles by the method of Fisher and Yates.
    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        for last in (1..items.len()).rev() {
            items.swap(last, self.below(last as u32 + 1) as usize);
        }
    }

    /// Draws a standard normal number (Box and Muller).
    pub fn normal(&mut self) -> f32 {
        let radius = (-2.0 * (1.0 - f64::from(unit(self.word()))).ln()).sqrt();
        let angle = std::f64::consts::TAU * f64::from(unit(self.word()));
        (radius * angle.cos()) as f32
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Known answers of the authors' reference implementation (Random123, kat_vectors).
    #[test]
    fn philox_gives_the_published_vectors() {
        assert_eq!(philox4x32([0; 4], [0; 2]), [0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8]);
        assert_eq!(
            philox4x32([u32::MAX; 4], [u32::MAX; 2]),
            [0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd]
        );
        assert_eq!(
            philox4x32([0x243f_6a88, 0x85a3_08d3, 0x1319_8a2e, 0x0370_7344], [0xa409_3822, 0x299f_31d0]),
            [0xd16c_fe09, 0x94fd_cceb, 0x5001_e420, 0x2412_6ea1]
        );
    }

    #[test]
    fn shuffle_is_a_permutation_and_depends_on_the_seed() {
        let shuffled = |seed| {
            let mut items: Vec<u32> = (0..100).collect();
            Random::new(seed, Stream::Shuffle, 0).shuffle(&mut items);
            items
        };
        let mut sorted = shuffled(1);
        sorted.sort_unstable();
        assert_eq!(sorted, (0..100).collect::<Vec<_>>());
        assert_eq!(shuffled(1), shuffled(1));
        assert_ne!(shuffled(1), shuffled(2));
    }

    /// The mean and variance of 100,000 draws lie within five standard errors.
    #[test]
    fn normal_has_mean_zero_and_variance_one() {
        let mut random = Random::new(7, Stream::Initialisation, 3);
        let draws: Vec<f64> = (0..100_000).map(|_| f64::from(random.normal())).collect();
        let mean = draws.iter().sum::<f64>() / 1e5;
        let variance = draws.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / 1e5;
        assert!(mean.abs() < 5.0 / 1e5f64.sqrt(), "mean {mean}");
        assert!((variance - 1.0).abs() < 5.0 * (2.0 / 1e5f64).sqrt(), "variance {variance}");
    }
}
