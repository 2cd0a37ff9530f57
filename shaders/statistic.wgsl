// Adds the squared raw gradient / 1000 to the statistic. A step whose norm is not finite adds nothing.
//: use grid, lane, norm, statistic

@group(0) @binding(0) var<storage, read_write> gradient: array<Lane>;
@group(0) @binding(1) var<storage, read_write> statistic: array<Lane>;
@group(0) @binding(2) var<storage, read_write> norm: Norm;
@group(0) @binding(3) var<storage, read> accumulate: Accumulate;

@compute @workgroup_size(256)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let i = flat_index(id, groups);
    if (i >= accumulate.count) {
        return;
    }
    var sum = statistic[i];
    if (accumulate.fresh == 1u) {
        sum = Lane(0.0);
    }
    if (norm.finite != 0.0) {
        sum += evidence(gradient[i]);
    }
    statistic[i] = sum;
}
