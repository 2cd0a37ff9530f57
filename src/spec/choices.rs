//! The values that users choose by name.

// what a choice means is shown by every face, and there [CLS] is a token and no link
#![allow(rustdoc::broken_intra_doc_links)]

use super::settings::choices;

choices! {
    /// The rule by which a step chooses the parameters to update. p is the frozen share: 1 - `update_fraction`.
    ///
    /// The matrices are the weights of all linear layers. Unless stated otherwise, biases, LayerNorm and embeddings are
    /// trained in full.
    pub enum Method = DpsDense {
        /// Every parameter in every step.
        Full = "full",
        /// DPS dense: in stage II the gradient of each matrix is masked to its subnetwork.
        DpsDense = "dps-dense",
        /// DPS mix: in addition, the forward pass uses weights blended with an anchor. In stage I random columns are the
        /// pretrained ones; in stage II everything outside the subnetwork has its value from the start of the stage.
        DpsMix = "dps-mix",
        /// Lee, Cho and Kang, "Mixout: Effective Regularization to Finetune Large-scale Pretrained Language Models",
        /// ICLR 2020. In every step a random share p of each matrix's columns (the weights that leave one input neuron)
        /// is the pretrained one in the forward pass. The difference of the others from it is multiplied by 1 / (1 -
        /// p), so that the mean is the weight. As in the authors' code, the gradient of a kept column is that of the
        /// blended weight, without the factor 1 / (1 - p), which AdamW would cancel anyway.
        Mixout = "mixout",
        /// Hua et al., "Improving Pre-trained Language Model Fine-tuning with Noise Stability Regularization", 2022: every
        /// parameter in every step. The loss adds how much noise in the embeddings changes the output of each layer
        /// (`lnsr_weight`, `lnsr_std`).
        Lnsr = "lnsr",
        /// Xu et al., "Raise a Child in Large Language Model: Towards Effective and Generalizable Fine-tuning", EMNLP
        /// 2021, the task-free variant: every step uses a random share of each matrix's gradient, times 1 / (1 - p).
        /// The norm is clipped before the masks, as in the authors' code.
        ChildTuningF = "child-tuning-f",
        /// The task-driven variant of the same paper: all steps update the entries with the largest Fisher information
        /// (mean of the squared gradients over the training data, before training) of all matrices together.
        ChildTuningD = "child-tuning-d",
        /// Song et al., "Sparse is Enough in Fine-tuning Pre-trained Large Language Models", ICML 2024 (SIFT): the head,
        /// and in each matrix the entries with the largest gradients in the first 8 batches, 1 % unless
        /// `update_fraction` says otherwise. Nothing else changes, so that the file of
        /// changes is small (`--format delta`).
        Sift = "sift",
        /// Xu and Zhang, "Random Masking Finds Winning Tickets for Parameter Efficient Fine-tuning", ICML 2024: a random
        /// share of each matrix's entries, drawn once by the seed and the same in every step.
        Random = "random",
        /// Liu et al., "Refining Salience-Aware Sparse Fine-Tuning Strategies for Language Models", 2024: the entries of
        /// each matrix with the largest absolute value before the first step, the same in every step.
        Magnitude = "magnitude",
        /// Hu et al., "LoRA: Low-Rank Adaptation of Large Language Models", ICLR 2022: the head, and a product of two narrow
        /// matrices that is added to each matrix of the encoder (`lora_rank`, `lora_alpha`).
        Lora = "lora",
        /// Chen et al., "DSEE: Dually Sparsity-embedded Efficient Tuning of Pre-trained Language Models", ACL 2023, its
        /// fine-tuning without the pruning: as lora, and in each matrix of the encoder the entries that stand out from a
        /// low-rank matrix before training (`dsee_entries`).
        Dsee = "dsee",
        /// Ben Zaken, Goldberg and Ravfogel, "BitFit: Simple Parameter-efficient Fine-tuning for Transformer-based Masked
        /// Language-models", ACL 2022: all biases, and the head (pooler and classifier).
        Bitfit = "bitfit",
        /// Pooler and classifier only.
        Head = "head",
        /// No step at all: the classifier is fitted to frozen features in closed form, within seconds.
        Probe = "probe",
    }
}

choices! {
    /// The treatment of the entries outside the subnetwork, if there is one (stage II; child-tuning-d,
    /// random and magnitude). With sift it is always strict.
    pub enum Frozen = Reference {
        /// Their gradient is zero; momentum and weight decay still act, as in the paper's released code.
        Reference = "reference",
        /// Weight and both moments stay exactly as they are.
        Strict = "strict",
    }
}

choices! {
    /// The rule that chooses settings you do not give.
    pub enum Recipe = Auto {
        /// By the number of texts. Up to 1500 texts, all of them train, and further models that are trained without a
        /// part of the texts estimate how good the kept one is.
        Auto = "auto",
        /// Hugging Face's defaults for any data: three epochs of batches of 16 from a fresh classifier, with a tenth
        /// held out for validation and a tenth for the score.
        Plain = "plain",
    }
}

choices! {
    /// The training before the classifier is fitted.
    pub enum Stage = None {
        /// Nothing.
        None = "none",
        /// The whole encoder, in 40 steps on pairs of texts, as SetFit does: texts of one class are drawn together, and texts
        /// of different classes apart. Not for a regression.
        Contrastive = "contrastive",
    }
}

choices! {
    /// Whether texts without a label teach the first model. They get labels by linear models that are fitted to the labelled
    /// texts; see `docs/methods.md`.
    pub enum SelfTraining = Auto {
        /// If the cross-validated log-loss is smaller with them, and the accuracy not lower. For one class a text, and the
        /// recipe auto.
        Auto = "auto",
        /// Never.
        Off = "off",
    }
}

choices! {
    /// The rule that makes one vector from the states of a text's tokens.
    pub enum Pooling = Cls {
        /// The normalised mean of all tokens, for which a sentence model was trained.
        Mean = "mean",
        /// The encoder's own head: in BERT, tanh of a linear map of the first token, [CLS].
        Cls = "cls",
    }
}

choices! {
    /// The tokens that are read of a text that is longer than `max_length`. With pairs, each of the two texts is read in this
    /// way within its share of the length.
    pub enum Long = Head {
        /// The first ones.
        Head = "head",
        /// The first quarter of the length from the beginning of the text and the rest from its end: 128 and 382 of 510 tokens
        /// as in Sun et al., "How to Fine-Tune BERT for Text Classification?", 2019.
        HeadTail = "head-tail",
        /// All, in up to 16 windows of the length, each of which shares a quarter with the one before. The text's scores are the
        /// mean of those of its windows, in training too. A text takes as much time as its number of windows.
        Windows = "windows",
    }
}

choices! {
    /// The weights of the examples of each class. The loss of a step is the weighted mean over its examples, like
    /// PyTorch's `CrossEntropyLoss(weight=..., reduction="mean")`; evaluations are never weighted. With several labels a
    /// text, the weight of a label is the `pos_weight` of PyTorch's `BCEWithLogitsLoss`.
    pub enum ClassWeights = None {
        /// Every example counts the same.
        None = "none",
        /// scikit-learn's "balanced": examples / (classes * examples of the class), over the training examples. The rarer
        /// a class, the more its examples count, so that all classes together count the same. With several labels a text:
        /// examples without the label / examples with it.
        Balanced = "balanced",
    }
}

choices! {
    /// The task of a model.
    pub enum TaskKind {
        /// Each text has one of a set of labels.
        Classification = "classification",
        /// Each text has any number of a set of labels.
        MultiLabel = "multi-label",
        /// Each text has a number.
        Regression = "regression",
    }
}

choices! {
    /// The form of a run's output.
    pub enum LogFormat = Text {
        /// A progress bar in a terminal, plain lines elsewhere.
        Text = "text",
        /// One JSON object per line on standard output.
        Json = "json",
    }
}

choices! {
    /// The number format of weights in a file.
    pub enum Dtype = Float32 {
        /// Four bytes a weight, exactly as trained.
        Float32 = "float32",
        /// Two bytes a weight, rounded to the nearest.
        Float16 = "float16",
    }
}

choices! {
    /// The form of an exported model, by what it is for.
    pub enum ExportFormat = Safetensors {
        /// Python's `transformers`, and subtune.
        Safetensors = "safetensors",
        /// ONNX Runtime and transformers.js.
        Onnx = "onnx",
        /// subtune, as a file of what changed of the model that was fine-tuned.
        Delta = "delta",
    }
}

choices! {
    /// The numbers of an exported model.
    pub enum Precision = Float32 {
        /// Four bytes a weight, exactly as trained.
        Float32 = "float32",
        /// Two bytes a weight, rounded to the nearest.
        Float16 = "float16",
        /// ONNX only: one byte for each weight of a linear layer or a word embedding.
        Q8 = "q8",
    }
}

choices! {
    /// The kind of error that ended a call. Programs decide by it what to do; the message is for people.
    pub enum ErrorCode {
        /// Options that contradict each other or are out of range.
        Usage = "usage",
        /// A data file that cannot be used as it is.
        Data = "data",
        /// A data file that can be understood in several ways; the user has to decide.
        Unclear = "unclear",
        /// A model folder that cannot be used.
        Model = "model",
        /// A checkpoint that is damaged, or belongs to another run.
        Checkpoint = "checkpoint",
        /// No device can run the command.
        Device = "device",
        /// The device was lost during the run.
        Lost = "lost",
        /// There is not enough memory.
        Memory = "memory",
        /// A file could not be read.
        Io = "io",
        /// A requested file could not be written.
        Unwritten = "unwritten",
        /// Standard output could not be written.
        Output = "output",
        /// The loss or the gradients are no longer finite.
        Diverged = "diverged",
    }
}

impl ErrorCode {
    /// The exit code of the terminal program.
    pub const fn exit_code(self) -> u8 {
        match self {
            ErrorCode::Usage => 2,
            ErrorCode::Data
            | ErrorCode::Unclear
            | ErrorCode::Model
            | ErrorCode::Checkpoint
            | ErrorCode::Io => 3,
            ErrorCode::Device | ErrorCode::Lost | ErrorCode::Memory => 4,
            ErrorCode::Diverged => 6,
            ErrorCode::Unwritten | ErrorCode::Output => 7,
        }
    }
}
