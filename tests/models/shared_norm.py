"""A batch-norm that ranks share, on any device: PyTorch's own runs on GPUs only."""

import torch
import torch.distributed as dist
from torch import nn
from torch.distributed.nn.functional import all_reduce as sum_of_ranks

# Of every rank, in chunks of four at most; three chunks are too many for a rank with one row.
NORM_ROWS = {2: (10, 7), 3: (9, 1, 4)}
NORM_PARTS = ((3, 3, 4), (2, 2, 3))


class SharedNorm(nn.SyncBatchNorm):
    """In plain operations; of one process where there are no others."""

    def forward(self, rows):
        if not dist.is_initialized():
            return nn.functional.batch_norm(
                rows, self.running_mean, self.running_var, training=True, momentum=self.momentum
            )
        count, mean, square = (
            sum_of_ranks(part)
            for part in (rows.new_tensor([len(rows)]), rows.sum(dim=0), rows.square().sum(dim=0))
        )
        mean, square = mean / count, square / count
        var = square - mean**2
        with torch.no_grad():
            self.num_batches_tracked += 1
            self.running_mean.lerp_(mean, self.momentum)
            self.running_var.lerp_(var * count / (count - 1), self.momentum)
        return (rows - mean) / (var + self.eps).sqrt()


def norm_net():
    torch.manual_seed(0)
    norm = SharedNorm(6, affine=False)
    return nn.Sequential(nn.Linear(7, 6), norm, nn.Tanh(), nn.Linear(6, 5)).double()
