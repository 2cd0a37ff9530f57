// The bindings of a product whose sums start from zero.
//: use lane

@group(0) @binding(0) var<storage, read_write> left: array<Left>;
@group(0) @binding(1) var<storage, read_write> right: array<Lane>;
@group(0) @binding(2) var<storage, read_write> result: array<Lane>;
@group(0) @binding(3) var<storage, read> product: Product;

fn start(lane: u32) -> Lane {
    return Lane(0.0);
}
