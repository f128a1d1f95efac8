"""`/v1/webhooks`: where an application is told what happens to its cases."""
