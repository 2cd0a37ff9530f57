"""Takes the training steps of `benches/steps` in PyTorch: one for each input line. Prints its seconds and CPU seconds.

    pytorch.py CONFIG_JSON BATCH LENGTH cpu|gpu

transformers' BertForSequenceClassification, eager, float32 (TF32 off); AdamW, gradient norm clipped to 1, no dropout.
"""
import json, sys, time
import torch
from transformers import BertConfig, BertForSequenceClassification

config, batch, length = json.loads(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
device = "cuda" if sys.argv[4] == "gpu" and torch.cuda.is_available() else "cpu"
torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = False
torch.manual_seed(1)
model = BertForSequenceClassification(BertConfig(**config, hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0)).train().to(device)
optimizer = torch.optim.AdamW(model.parameters(), lr=1e-4)
ids = torch.randint(1000, config["vocab_size"], (batch, length))
inputs = dict(input_ids=ids, attention_mask=torch.ones_like(ids), token_type_ids=torch.zeros_like(ids), labels=torch.arange(batch) % 2)
inputs = {name: value.to(device) for name, value in inputs.items()}
print("ready on", torch.cuda.get_device_name() if device == "cuda" else "the CPU", flush=True)
for _ in sys.stdin:
    began, began_cpu = time.perf_counter(), time.process_time()
    optimizer.zero_grad()
    loss = model(**inputs).loss
    loss.backward()
    torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optimizer.step()
    loss.item()
    print(time.perf_counter() - began, time.process_time() - began_cpu, flush=True)
