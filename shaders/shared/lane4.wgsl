// An item is a vector of four floats.
alias Lane = vec4<f32>;
const LANES: u32 = 4u;

fn lane_mask(bits: u32) -> Lane {
    return vec4<f32>((vec4<u32>(bits) >> vec4<u32>(0u, 1u, 2u, 3u)) & vec4<u32>(1u));
}

fn lane_sum(lane: Lane) -> f32 {
    return (lane.x + lane.y) + (lane.z + lane.w);
}

fn lane_max(lane: Lane) -> f32 {
    return max(max(lane.x, lane.y), max(lane.z, lane.w));
}
