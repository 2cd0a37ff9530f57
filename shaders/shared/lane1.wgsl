// An item is one float, for tensors whose size is not a multiple of four.
alias Lane = f32;
const LANES: u32 = 1u;

fn lane_mask(bits: u32) -> Lane {
    return f32(bits & 1u);
}

fn lane_sum(lane: Lane) -> f32 {
    return lane;
}

fn lane_max(lane: Lane) -> f32 {
    return lane;
}
