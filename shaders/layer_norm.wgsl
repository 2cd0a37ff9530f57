// Normalises each row to mean 0 and variance 1, then multiplies it by the weight and adds the bias (Ba et al., 2016).
//: use grid, lane, layer_norm

@group(0) @binding(0) var<storage, read_write> x: array<Lane>;
@group(0) @binding(1) var<storage, read_write> weight: array<Lane>;
@group(0) @binding(2) var<storage, read_write> bias: array<Lane>;
@group(0) @binding(3) var<storage, read_write> y: array<Lane>;
@group(0) @binding(4) var<storage, read> rows: Rows;

@compute @workgroup_size(256)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let row = flat_index(id, groups);
    if (row >= rows.count) {
        return;
    }
    let start = row * rows.lanes;
    let moments = moments(start);
    for (var i = 0u; i < rows.lanes; i++) {
        y[start + i] = (x[start + i] - moments.mean) * moments.inverse * weight[i] + bias[i];
    }
}
