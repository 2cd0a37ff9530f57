// One step of AdamW on the gradient of the entries that the mask keeps.
@group(0) @binding(0) var<storage, read_write> weight: array<Lane>;
@group(0) @binding(1) var<storage, read_write> gradient: array<Lane>;
@group(0) @binding(2) var<storage, read_write> first: array<Lane>;
@group(0) @binding(3) var<storage, read_write> second: array<Lane>;
@group(0) @binding(4) var<storage, read_write> mask: array<u32>;
@group(0) @binding(5) var<storage, read_write> norm: Norm;
@group(0) @binding(6) var<storage, read> hyper: Hyper;

@compute @workgroup_size(256)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let i = flat_index(id, groups);
    if (i >= hyper.count || norm.finite == 0.0) {
        return;
    }
    let entry = i * LANES;
    let keep = lane_mask(mask[entry / 32u] >> (entry % 32u));
    let old = Adam(weight[i], first[i], second[i]);
    // select, not a product: a masked-out gradient may be infinite
    let g = select(Lane(0.0), gradient[i] * (norm.scale * hyper.gradient_scale), keep != Lane(0.0));
    let next = adamw(old, g, hyper);
    let live = keep + Lane(f32(1u - hyper.strict)) != Lane(0.0);
    weight[i] = select(old.weight, next.weight, live);
    first[i] = select(old.first, next.first, live);
    second[i] = select(old.second, next.second, live);
}
