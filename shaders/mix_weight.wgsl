// The blended weight of DPS mix and mixout: the anchor where the mask drops the entry, and else
// (weight - p * anchor) / (1 - p), so that the mean over masks is the weight. It is computed as the anchor plus a multiple of the
// difference, which is exact because weight and anchor are close.
//: use grid, lane

struct Blend {
    count: u32,     // items of Lane
    kept: f32,      // 1 / (1 - p)
}

@group(0) @binding(0) var<storage, read_write> weight: array<Lane>;
@group(0) @binding(1) var<storage, read_write> anchor: array<Lane>;
@group(0) @binding(2) var<storage, read_write> mask: array<u32>;
@group(0) @binding(3) var<storage, read_write> blended: array<Lane>;
@group(0) @binding(4) var<storage, read> blend: Blend;

@compute @workgroup_size(256)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let i = flat_index(id, groups);
    if (i >= blend.count) {
        return;
    }
    let entry = i * LANES;
    let keep = lane_mask(mask[entry / 32u] >> (entry % 32u)) != Lane(0.0);
    blended[i] = select(anchor[i], anchor[i] + (weight[i] - anchor[i]) * blend.kept, keep);
}
