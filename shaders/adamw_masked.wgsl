// One step of AdamW on the gradient of the entries that the mask keeps, in place.
//: use grid, lane, norm, adamw

@group(0) @binding(0) var<storage, read_write> weight: array<Lane>;
@group(0) @binding(1) var<storage, read_write> gradient: array<Lane>;
@group(0) @binding(2) var<storage, read_write> first: array<Lane>;
@group(0) @binding(3) var<storage, read_write> second: array<Lane>;
@group(0) @binding(4) var<storage, read_write> mask: array<u32>;
@group(0) @binding(5) var<storage, read_write> norm: Norm;
@group(0) @binding(6) var<storage, read> hyper: Hyper;

@compute @workgroup_size(256)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
    @builtin(num_workgroups) groups: vec3<u32>,
) {
    if (norm.finite == 0.0) {
        return;
    }
    let h = hyper;
    let scale = norm.scale * hyper.gradient_scale;
    let loose = Lane(f32(1u - h.strict));
    let start = flat_group(group, groups) * WORKGROUP * ITEMS + local;
    for (var k = 0u; k < ITEMS; k++) {
        let i = start + k * WORKGROUP;
        if (i >= h.count) {
            return;
        }
        let entry = i * LANES;
        let keep = lane_mask(mask[entry / 32u] >> (entry % 32u));
        let old = Adam(weight[i], first[i], second[i]);
        // select, not a product: a masked-out gradient may be infinite
        let g = select(Lane(0.0), gradient[i] * scale, keep != Lane(0.0));
        let next = adamw(old, g, h);
        let live = keep + loose != Lane(0.0);
        weight[i] = select(old.weight, next.weight, live);
        first[i] = select(old.first, next.first, live);
        second[i] = select(old.second, next.second, live);
    }
}
