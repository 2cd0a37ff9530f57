// Partial sums of squares of one gradient. Each invocation adds its own entries in a fixed order, so that
// no barrier is needed and the same device gives the same bits.
//: use grid, lane

struct Shape {
    count: u32,   // items of Lane
    offset: u32,  // the first partial sum of this tensor
}

@group(0) @binding(0) var<storage, read_write> gradient: array<Lane>;
@group(0) @binding(1) var<storage, read_write> partials: array<f32>;
@group(0) @binding(2) var<storage, read> shape: Shape;

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
        let g = gradient[i];
        sum += g * g;
    }
    partials[shape.offset + chunk * WORKGROUP + local] = lane_sum(sum);
}
