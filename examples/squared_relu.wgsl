// max(x, 0)^2 (So et al., 2021)
//: use grid, lane

struct Size {
    count: u32,   // items of Lane
    unused: u32,
}

@group(0) @binding(0) var<storage, read_write> input: array<Lane>;
@group(0) @binding(1) var<storage, read_write> output: array<Lane>;
@group(0) @binding(2) var<storage, read> size: Size;

@compute @workgroup_size(256)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let i = flat_index(id, groups);
    if (i >= size.count) {
        return;
    }
    let x = max(input[i], Lane(0.0));
    output[i] = x * x;
}
