//! Loops that are compiled several times, for vectors of different widths, and chosen at run time. Rust compiles for
//! SSE2, the least that every x86-64 processor has.

/// Defines functions whose loops run on vectors of sixteen floats if the processor has AVX-512, of eight if it has
/// AVX2, and of the target's own four otherwise. The results have the same bits: each lane computes like a single
/// float, and no multiplication is fused with an addition.
macro_rules! wide {
    ($($(#[$attribute:meta])* fn $name:ident($($argument:ident: $type:ty),* $(,)?) $body:block)*) => { $(
        $(#[$attribute])*
        fn $name($($argument: $type),*) {
            #[inline(always)]
            fn plain($($argument: $type),*) $body
            #[cfg(target_arch = "x86_64")]
            {
                #[target_feature(enable = "avx512f,avx512vl,avx512bw,avx512dq")]
                fn avx512($($argument: $type),*) {
                    plain($($argument),*);
                }
                #[target_feature(enable = "avx2")]
                fn avx2($($argument: $type),*) {
                    plain($($argument),*);
                }
                if $crate::kernels::cpu::has_avx512() {
                    // SAFETY: the check above found the features.
                    return unsafe { avx512($($argument),*) };
                }
                if std::arch::is_x86_feature_detected!("avx2") {
                    // SAFETY: as above.
                    return unsafe { avx2($($argument),*) };
                }
            }
            plain($($argument),*);
        }
    )* };
}

pub(in crate::kernels) use wide;

/// Whether the processor has all features of the AVX-512 loops.
#[cfg(target_arch = "x86_64")]
pub(in crate::kernels) fn has_avx512() -> bool {
    use std::arch::is_x86_feature_detected as has;
    has!("avx512f") && has!("avx512vl") && has!("avx512bw") && has!("avx512dq")
}

/// Computes e^x for x at most 0 (the polynomial of Cephes, relative error below 2e-7). Below -87 it returns 0, because
/// e^x falls below the smallest normal float near there. It has no branch and no call, so that the compiler vectorises
/// the loop around it.
#[inline(always)]
pub(in crate::kernels) fn exp_of_negative(x: f32) -> f32 {
    // adding 1.5 * 2^23 rounds to a whole number and leaves it in the lowest bits
    const ROUND: f32 = 12_582_912.0;
    // ln 2 in two parts; the first has few bits, so that its product with a whole number is exact
    const LN2: [f32; 2] = [0.693_359_4, -2.121_944_4e-4];
    let rounded = x * std::f32::consts::LOG2_E + ROUND;
    let power = rounded - ROUND;
    let rest = x - power * LN2[0] - power * LN2[1];
    let coefficients = [1.987_569_1e-4, 1.398_199_9e-3, 8.333_452e-3, 4.166_579_6e-2, 1.666_666_5e-1, 0.5];
    let series = coefficients.iter().fold(0.0, |sum, c| sum * rest + c) * rest * rest + rest + 1.0;
    // 2^power, by writing the power to the exponent's bits
    let scale = f32::from_bits(rounded.to_bits().wrapping_sub(ROUND.to_bits()).wrapping_add(127) << 23);
    if x < -87.0 { 0.0 } else { series * scale }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[inline(always)]
    fn one(x: f32) -> f32 {
        (exp_of_negative(x) - 0.1 * x).sqrt() / (1.0 + x * x)
    }

    wide! {
        fn all(values: &mut [f32]) {
            values.iter_mut().for_each(|x| *x = one(*x));
        }
    }

    #[test]
    fn wider_vectors_change_no_bit() {
        let given: Vec<f32> = (0..1003).map(|i| -(i as f32) / 97.0).collect();
        let mut found = given.clone();
        all(&mut found);
        // the function is not inlined, so this loop has no vectors
        let alone = std::hint::black_box(one as fn(f32) -> f32);
        for (found, x) in found.into_iter().zip(given) {
            assert!(found > 0.0);
            assert_eq!(found.to_bits(), alone(x).to_bits(), "{x}");
        }
    }

    #[test]
    fn the_exponential_is_close_and_exact_at_its_ends() {
        for i in 0..=870_000 {
            let x = -(i as f32) / 10_000.0;
            let expected = f64::from(x).exp();
            let error = (f64::from(exp_of_negative(x)) - expected).abs() / expected;
            assert!(error < 2e-7, "{x}: {error}");
        }
        assert_eq!(exp_of_negative(0.0), 1.0);
        assert_eq!(exp_of_negative(-0.0), 1.0);
        for low in [-87.5, -1e3, -1e30, f32::MIN, f32::NEG_INFINITY] {
            assert_eq!(exp_of_negative(low), 0.0);
        }
        assert!(exp_of_negative(f32::NAN).is_nan());
    }
}
