// Replaces the gradient of the result by the gradient of x, and writes the terms of the weight's gradient, which is their sum over
// the rows.
//: use grid, lane, layer_norm

@group(0) @binding(0) var<storage, read_write> x: array<Lane>;
@group(0) @binding(1) var<storage, read_write> weight: array<Lane>;
@group(0) @binding(2) var<storage, read_write> gradient: array<Lane>;
@group(0) @binding(3) var<storage, read_write> weight_terms: array<Lane>;
@group(0) @binding(4) var<storage, read> rows: Rows;

@compute @workgroup_size(256)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let row = flat_index(id, groups);
    if (row >= rows.count) {
        return;
    }
    let start = row * rows.lanes;
    let moments = moments(start);
    var level_sum = Lane(0.0);
    var along_sum = Lane(0.0);
    for (var i = 0u; i < rows.lanes; i++) {
        let normal = (x[start + i] - moments.mean) * moments.inverse;
        let given = gradient[start + i];
        weight_terms[start + i] = given * normal;
        let scaled = given * weight[i];
        level_sum += scaled;
        along_sum += scaled * normal;
    }
    let level = lane_sum(level_sum) / rows.features;
    let along = lane_sum(along_sum) / rows.features;
    for (var i = 0u; i < rows.lanes; i++) {
        let normal = (x[start + i] - moments.mean) * moments.inverse;
        gradient[start + i] = (gradient[start + i] * weight[i] - level - normal * along) * moments.inverse;
    }
}
