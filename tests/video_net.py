"""torchvision's ``r3d_18``, ``mc3_18`` and ``r2plus1d_18``, written anew."""

from torch import nn


class Conv2Plus1D(nn.Sequential):
    def __init__(self, width_in, width_out, middle, stride):
        super().__init__(
            nn.Conv3d(width_in, middle, (1, 3, 3), (1, stride, stride), (0, 1, 1), bias=False),
            nn.BatchNorm3d(middle),
            nn.ReLU(),
            nn.Conv3d(middle, width_out, (3, 1, 1), (stride, 1, 1), (1, 0, 0), bias=False),
        )


class ConvNoTime(nn.Conv3d):
    def __init__(self, width_in, width_out, middle, stride):
        super().__init__(width_in, width_out, (1, 3, 3), (1, stride, stride), (0, 1, 1), bias=False)


class Conv3D(nn.Conv3d):
    def __init__(self, width_in, width_out, middle, stride):
        super().__init__(width_in, width_out, 3, stride, 1, bias=False)


class Block(nn.Module):
    def __init__(self, conv, width_in, width, stride):
        super().__init__()
        middle = (width_in * width * 3 * 3 * 3) // (width_in * 3 * 3 + 3 * width)
        self.conv1 = nn.Sequential(
            conv(width_in, width, middle, stride), nn.BatchNorm3d(width), nn.ReLU()
        )
        self.conv2 = nn.Sequential(conv(width, width, middle, 1), nn.BatchNorm3d(width))
        self.downsample = None
        if width != width_in:
            self.downsample = nn.Sequential(
                nn.Conv3d(
                    width_in,
                    width,
                    1,
                    (1, stride, stride) if conv is ConvNoTime else stride,
                    bias=False,
                ),
                nn.BatchNorm3d(width),
            )

    def forward(self, x):
        identity = x if self.downsample is None else self.downsample(x)
        return (self.conv2(self.conv1(x)) + identity).relu()


class VideoNet(nn.Module):
    """A network of torchvision, written anew; gives features and scores."""

    def __init__(self, name):
        super().__init__()
        convs = dict(
            r3d_18=[Conv3D] * 4,
            mc3_18=[Conv3D] + [ConvNoTime] * 3,
            r2plus1d_18=[Conv2Plus1D] * 4,
        )[name]
        if name == 'r2plus1d_18':
            stem = [
                nn.Conv3d(3, 45, (1, 7, 7), (1, 2, 2), (0, 3, 3), bias=False),
                nn.BatchNorm3d(45),
                nn.ReLU(),
                nn.Conv3d(45, 64, (3, 1, 1), 1, (1, 0, 0), bias=False),
            ]
        else:
            stem = [nn.Conv3d(3, 64, (3, 7, 7), (1, 2, 2), (1, 3, 3), bias=False)]
        self.stem = nn.Sequential(*stem, nn.BatchNorm3d(64), nn.ReLU())
        widths = [64, 64, 128, 256, 512]
        for stage, (conv, width_in, width) in enumerate(zip(convs, widths, widths[1:]), 1):
            stride = 1 if stage == 1 else 2
            blocks = [Block(conv, width_in, width, stride), Block(conv, width, width, 1)]
            setattr(self, f'layer{stage}', nn.Sequential(*blocks))
        self.avgpool = nn.AdaptiveAvgPool3d(1)
        self.fc = nn.Linear(512, 400)

    def forward(self, x):
        for part in (self.stem, self.layer1, self.layer2, self.layer3, self.layer4):
            x = part(x)
        return self.avgpool(x).flatten(1)
