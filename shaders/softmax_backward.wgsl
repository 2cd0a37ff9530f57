// Replaces the gradient of the probabilities by the gradient of the scores.
//: use grid, lane, softmax

@group(0) @binding(0) var<storage, read_write> probabilities: array<Lane>;
@group(0) @binding(1) var<storage, read_write> gradient: array<Lane>;
@group(0) @binding(2) var<storage, read> rows: Rows;

@compute @workgroup_size(256)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let row = flat_index(id, groups);
    if (row >= rows.count) {
        return;
    }
    let start = row * rows.lanes;
    var sum = Lane(0.0);
    for (var i = start; i < start + rows.lanes; i++) {
        sum += gradient[i] * probabilities[i];
    }
    let along = lane_sum(sum);
    for (var i = start; i < start + rows.lanes; i++) {
        gradient[i] = (gradient[i] - along) * probabilities[i] * rows.scale;
    }
}
