// The state of the exact selection of the k largest scores, by radix over the bits of the float: non-negative floats order
// like integers.
struct Selection {
    threshold: u32,          // bits of the k-th largest score, found from the top down
    remaining: u32,          // how many of the k are not found yet
    kept: atomic<u32>,       // entries of the mask
    overlap: atomic<u32>,    // entries that the previous mask had too
}

struct Digit {
    count: u32,       // scores
    shift: u32,       // lowest bit of this pass's digit
    bins: u32,        // 2^(bits of the digit)
    known: u32,       // mask of the bits that earlier passes have found
}

fn score_key(score: u32) -> u32 {
    return score & 0x7fffffffu;
}
