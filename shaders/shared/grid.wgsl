// A grid with an invocation for each item. It is folded into y, because a dimension holds at most 65535 workgroups.
const WORKGROUP: u32 = 256u;

fn flat_index(id: vec3<u32>, groups: vec3<u32>) -> u32 {
    return id.y * groups.x * WORKGROUP + id.x;
}

fn flat_group(group: vec3<u32>, groups: vec3<u32>) -> u32 {
    return group.y * groups.x + group.x;
}
