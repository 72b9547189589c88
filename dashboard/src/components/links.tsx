// Mantine's links and buttons that lead to a page; addresses and their parameters are checked by the compiler.
import { Anchor, Button, type AnchorProps, type ButtonProps } from "@mantine/core";
import { createLink } from "@tanstack/react-router";
import { forwardRef, type AnchorHTMLAttributes } from "react";

type Native = AnchorHTMLAttributes<HTMLAnchorElement>;

export const AnchorLink = createLink(
  forwardRef<HTMLAnchorElement, AnchorProps & Omit<Native, keyof AnchorProps>>((props, ref) => <Anchor ref={ref} {...props} />),
);

export const ButtonLink = createLink(
  forwardRef<HTMLAnchorElement, ButtonProps & Omit<Native, keyof ButtonProps>>((props, ref) => (
    <Button component="a" ref={ref} {...props} />
  )),
);
