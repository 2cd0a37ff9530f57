// As square_sum, for the selected entries only.
//: use grid, lane

struct Shape {
    count: u32,
    offset: u32,
}

@group(0) @binding(0) var<storage, read_write> gradient: array<Lane>;
@group(0) @binding(1) var<storage, read_write> mask: array<u32>;
@group(0) @binding(2) var<storage, read_write> partials: array<f32>;
@group(0) @binding(3) var<storage, read> shape: Shape;

const CHUNK: u32 = 65536u / LANES;

@compute @workgroup_size(256)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
    @builtin(num_workgroups) groups: vec3<u32>,
) {
    let chunk = flat_group(group, groups);
    if (chunk * CHUNK >= shape.count) {
        return;
    }
    let end = min(shape.count, (chunk + 1u) * CHUNK);
    var sum = Lane(0.0);
    for (var i = chunk * CHUNK + local; i < end; i += WORKGROUP) {
        let entry = i * LANES;
        let keep = lane_mask(mask[entry / 32u] >> (entry % 32u)) != Lane(0.0);
        let g = select(Lane(0.0), gradient[i], keep);
        sum += g * g;
    }
    partials[shape.offset + chunk * WORKGROUP + local] = lane_sum(sum);
}
