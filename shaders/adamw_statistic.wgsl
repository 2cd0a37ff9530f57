// Stage I of DPS dense: one step of AdamW, and the squared raw gradient / 1000 added to the statistic.
@group(0) @binding(0) var<storage, read_write> weight: array<Lane>;
@group(0) @binding(1) var<storage, read_write> gradient: array<Lane>;
@group(0) @binding(2) var<storage, read_write> first: array<Lane>;
@group(0) @binding(3) var<storage, read_write> second: array<Lane>;
@group(0) @binding(4) var<storage, read_write> statistic: array<Lane>;
@group(0) @binding(5) var<storage, read_write> norm: Norm;
@group(0) @binding(6) var<storage, read> hyper: Hyper;

@compute @workgroup_size(256)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let i = flat_index(id, groups);
    if (i >= hyper.count) {
        return;
    }
    var sum = statistic[i];
    if (hyper.fresh == 1u) {
        sum = Lane(0.0);
    }
    if (norm.finite == 0.0) {
        statistic[i] = sum;
        return;
    }
    let g = gradient[i];
    let next = adamw(Adam(weight[i], first[i], second[i]), g * norm.scale, hyper);
    weight[i] = next.weight;
    first[i] = next.first;
    second[i] = next.second;
    statistic[i] = sum + g * g / 1000.0;
}
