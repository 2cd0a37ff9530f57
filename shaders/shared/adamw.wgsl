// AdamW (Loshchilov and Hutter, ICLR 2019): decoupled decay, bias-corrected moments.
//: use lane

// Items of one invocation, a workgroup apart. It takes several, because fetching the scalars costs as much as one item.
const ITEMS: u32 = 4u;

struct Hyper {
    count: u32,             // items of Lane
    learning_rate: f32,
    decay: f32,             // 1 - learning_rate * weight_decay
    beta1: f32,
    beta2: f32,
    correction1: f32,       // 1 / (1 - beta1^t)
    correction2: f32,       // 1 / (1 - beta2^t)
    epsilon: f32,
    gradient_scale: f32,    // factor on the gradient of the selected entries
    strict: u32,            // 1: masked-out entries keep weight and moments
}

struct Adam {
    weight: Lane,
    first: Lane,
    second: Lane,
}

fn adamw(old: Adam, gradient: Lane, hyper: Hyper) -> Adam {
    var next: Adam;
    next.first = hyper.beta1 * old.first + (1.0 - hyper.beta1) * gradient;
    next.second = hyper.beta2 * old.second + (1.0 - hyper.beta2) * gradient * gradient;
    let denominator = sqrt(next.second * hyper.correction2) + hyper.epsilon;
    next.weight = old.weight * hyper.decay - hyper.learning_rate * (next.first * hyper.correction1) / denominator;
    return next;
}
