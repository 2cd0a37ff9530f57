// One step of AdamW on the clipped gradient, in place.
//: use grid, lane, norm, adamw

@group(0) @binding(0) var<storage, read_write> weight: array<Lane>;
@group(0) @binding(1) var<storage, read_write> gradient: array<Lane>;
@group(0) @binding(2) var<storage, read_write> first: array<Lane>;
@group(0) @binding(3) var<storage, read_write> second: array<Lane>;
@group(0) @binding(4) var<storage, read_write> norm: Norm;
@group(0) @binding(5) var<storage, read> hyper: Hyper;

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
    let scale = norm.scale;
    let start = flat_group(group, groups) * WORKGROUP * ITEMS + local;
    for (var k = 0u; k < ITEMS; k++) {
        let i = start + k * WORKGROUP;
        if (i >= h.count) {
            return;
        }
        let next = adamw(Adam(weight[i], first[i], second[i]), gradient[i] * scale, h);
        weight[i] = next.weight;
        first[i] = next.first;
        second[i] = next.second;
    }
}
