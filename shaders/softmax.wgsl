// Replaces attention scores by probabilities: softmax(scale * score + bias) along each row.
//: use grid, lane, softmax

@group(0) @binding(0) var<storage, read_write> scores: array<Lane>;
@group(0) @binding(1) var<storage, read_write> bias: array<Lane>;
@group(0) @binding(2) var<storage, read> rows: Rows;

@compute @workgroup_size(256)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let row = flat_index(id, groups);
    if (row >= rows.count) {
        return;
    }
    let start = row * rows.lanes;
    let bias_start = (row / rows.rows_of_batch) * rows.lanes;
    var highest = Lane(-3.4e38);
    for (var i = 0u; i < rows.lanes; i++) {
        let score = scores[start + i] * rows.scale + bias[bias_start + i];
        scores[start + i] = score;
        highest = max(highest, score);
    }
    let level = lane_max(highest);
    var sum = Lane(0.0);
    for (var i = 0u; i < rows.lanes; i++) {
        let part = exp(scores[start + i] - level);
        scores[start + i] = part;
        sum += part;
    }
    let total = lane_sum(sum);
    for (var i = 0u; i < rows.lanes; i++) {
        scores[start + i] /= total;
    }
}
